/// Names methods by their path: `SERVICE/METHOD`, where either part may end in `*` for all that begins so, or be `*` for
/// any. Without a slash the pattern ends in `*` and means every method of the services that begin so.
public struct MethodPattern: Sendable, Hashable {
    private struct Part: Sendable, Hashable {
        var text: String
        var isPrefix: Bool

        /// `nil` unless it is a name, a name's beginning with a `*` behind it, or `*`.
        init?(_ text: Substring) {
            isPrefix = text.hasSuffix("*")
            let name = isPrefix ? text.dropLast() : text
            guard isPrefix || !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
            self.text = String(name)
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }

        func matches(_ name: Substring) -> Bool {
            isPrefix ? name.hasPrefix(text) : name == text
        }
    }

    /// As it was written.
    public let text: String
    private let service: Part
    private let method: Part

    /// `nil` for anything but what is described above.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 2 || text.hasSuffix("*") else { return nil }
        guard let service = Part(parts[0]), let method = Part(parts.count == 2 ? parts[1] : "*") else { return nil }
        self.text = text
        self.service = service
        self.method = method
    }

    /// The path is `SERVICE/METHOD`, as a CALL frame has it; one without a slash matches nothing.
    public func matches(_ path: String) -> Bool {
        guard let slash = path.firstIndex(of: "/") else { return false }
        return service.matches(path[..<slash]) && method.matches(path[path.index(after: slash)...])
    }
}
