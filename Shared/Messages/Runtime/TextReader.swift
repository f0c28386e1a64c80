public import RPC
internal import Wire

/// Makes text of the bytes that came in, and remembers a thread's latest ones of 16 to 32 bytes: the names of forms,
/// cells and units come again with every report, and a text that is known needs neither memory nor a check.
///
/// The place of a text follows from its bytes, and whatever comes to a place last stays there: what peers choose to send
/// can spoil the memory's use and do no more harm than that.
public struct TextReader {
    private static let slotBits = 9
    private static let slotCount = 1 << slotBits
    /// Shorter texts lie within the String itself; longer ones are seldom names.
    private static let rememberedBytes = 16...32

    private let slots: UnsafeMutablePointer<Slot>

    private struct Slot {
        var key: Key
        var text: String
    }

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(key: .none, text: ""), count: Self.slotCount)
    }

    func deallocate() {
        slots.deinitialize(count: Self.slotCount)
        slots.deallocate()
    }

    /// The text of `count` bytes of UTF-8. A NUL is a character like others. Throws INVALID_ARGUMENT that names `field`,
    /// its full name, for bytes that are not UTF-8.
    public func text(
        _ start: UnsafeMutablePointer<UInt8>?, _ count: Int, _ field: StaticString
    ) throws(RPCError) -> String {
        guard count > 0, let start else { return "" }
        guard Self.rememberedBytes.contains(count) else { return try Self.checked(start, count, field) }
        let key = Key(start, count)
        let slot = slots + key.place(bits: Self.slotBits)
        if slot.pointee.key != key {
            slot.pointee = Slot(key: key, text: try Self.checked(start, count, field))
        }
        return slot.pointee.text
    }

    private static func checked(
        _ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ field: StaticString
    ) throws(RPCError) -> String {
        do {
            // A validated span, since String(validating:as:) looks up generic metadata for every string.
            return String(copying: try UTF8Span(validating: UnsafeBufferPointer(start: start, count: count).span))
        } catch {
            throw RPCError(.invalidArgument, "\(field): not UTF-8 at byte \(error.byteOffsets): send text in UTF-8")
        }
    }

    /// All bytes of a text of 16 to 32, read as four words of eight that overlap where it is shorter.
    private struct Key: Equatable {
        private let words: SIMD4<UInt64>
        private let count: Int

        static let none = Key()

        private init() {
            words = .zero
            count = 0
        }

        init(_ start: UnsafePointer<UInt8>, _ count: Int) {
            func word(_ offset: Int) -> UInt64 {
                UnsafeRawPointer(start).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            }
            words = SIMD4(word(0), word(8), word(count - 16), word(count - 8))
            self.count = count
        }

        /// A number of so many bits. The upper bits of a product depend on every bit of its factors.
        func place(bits: Int) -> Int {
            let first = (words[0] &+ 3 &* words[2]) &* 0x9E37_79B9_7F4A_7C15
            let second = (words[1] &+ 3 &* words[3]) &* 0xC2B2_AE3D_27D4_EB4F
            return Int((first ^ second) >> (64 - bits))
        }
    }
}
