/// A statement's values as libpq takes them: texts that end with a zero, one behind the other.
struct ParameterBuffer {
    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    /// Where each begins; negative for NULL.
    private var starts: [Int] = []

    /// PostgreSQL takes messages below 1 GiB; half of it leaves room for what else is in one.
    static let bytesLimit = 512 << 20
    /// What the protocol has two bytes for, less than which no statement of ours has.
    static let countLimit = 32_767

    /// `.invalidArgument` for what cannot be sent. Asked before anything of a statement is.
    static func check(_ parameters: [PostgresParameter]) throws(PostgresError) {
        guard parameters.count <= countLimit else {
            throw PostgresError(.invalidArgument, "a statement was given more than \(countLimit) values")
        }
        var bytes = 0
        for parameter in parameters {
            bytes += parameter.encodedBytes
            let holdsNUL =
                switch parameter {
                case .text(let text): text.utf8.contains(0)
                case .array(let array): array.holdsNUL
                case .null, .integer, .bytes: false
                }
            guard !holdsNUL else {
                throw PostgresError(.invalidArgument, "a text holds a NUL, which PostgreSQL cannot store")
            }
        }
        guard bytes <= bytesLimit else {
            throw PostgresError(.invalidArgument, "a statement's values are larger than \(bytesLimit) bytes")
        }
    }

    /// Takes these values, which were checked, in place of those that it has, and keeps its memory.
    mutating func encode(_ parameters: [PostgresParameter]) {
        types.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        for parameter in parameters {
            types.append(parameter.type.rawValue)
            if case .null = parameter {
                starts.append(-1)
                continue
            }
            starts.append(bytes.count)
            append(parameter)
            bytes.append(0)
        }
    }

    /// Lets go of what large values took.
    mutating func shrink(toBytes limit: Int) {
        if bytes.capacity > limit { bytes = [] }
    }

    private mutating func append(_ parameter: PostgresParameter) {
        switch parameter {
        case .null: break
        case .integer(let value): bytes.appendDecimal(value)
        case .text(let text): bytes += text.utf8
        case .bytes(let value):
            bytes += #"\x"#.utf8
            value.withUnsafeBytes { Hexadecimal.append($0, to: &bytes) }
        case .array(let array): array.write(to: &bytes)
        }
    }

    /// Calls `body` with a pointer for each value, null for NULL.
    func withPointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
        bytes.withUnsafeBytes { bytes in
            // One more than there are, so that there is an address without any.
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: starts.count + 1) { pointers in
                for (index, start) in starts.enumerated() {
                    let value =
                        start < 0 ? nil : bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
                    pointers.initializeElement(at: index, to: value)
                }
                pointers.initializeElement(at: starts.count, to: nil)
                return body(UnsafePointer(pointers.baseAddress!))
            }
        }
    }
}

extension PostgresParameter {
    /// About as many bytes as it takes to send.
    fileprivate var encodedBytes: Int {
        switch self {
        case .null: 0
        case .integer: 21
        case .text(let text): text.utf8.count + 1
        case .bytes(let bytes): bytes.count * 2 + 3
        case .array(let array): array.byteCount + 1
        }
    }
}
