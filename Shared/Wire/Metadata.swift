/// What travels beside a call's messages: pairs of key and value, in order, duplicates kept.
///
/// A key is 1 to 64 bytes of `a-z 0-9 . _ -`. A value of a key that ends in `-bin` is any bytes; any other value is
/// printable ASCII. Keys that begin with `quality-` belong to the protocol and are refused from applications.
public struct Metadata: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: [UInt8]

        public init(key: String, value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a text value after those that are there.
    public mutating func append(_ key: String, _ value: String) {
        entries.append(Entry(key: key, value: Array(value.utf8)))
    }

    /// Adds a binary value (the key should end in `-bin`) after those that are there.
    public mutating func append(_ key: String, bytes value: [UInt8]) {
        entries.append(Entry(key: key, value: value))
    }

    /// Every value of `key`, in order.
    public func values(of key: String) -> [[UInt8]] {
        entries.lazy.filter { $0.key == key }.map(\.value)
    }

    /// The first text value of `key`, if there is one and it is UTF-8.
    public func text(of key: String) -> String? {
        entries.first { $0.key == key }.flatMap { String(validating: $0.value, as: UTF8.self) }
    }
}
