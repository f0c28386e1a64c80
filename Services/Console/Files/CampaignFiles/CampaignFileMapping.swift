internal import Messages
internal import Reporting
internal import Yams

/// Collects faults while a file is read, so that all come out at once.
final class CampaignFileFaults {
    private(set) var found: [CampaignFileError.Fault] = []
    /// List items read so far. A file with anchors can say a list many times over in few bytes.
    private var itemCount = 0
    private static let maximumItems = 100_000

    func add(_ node: Node, _ place: String, _ message: String) {
        found.append(
            .init(line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, place: place, message: message))
    }

    /// False when there have been too many items.
    func countItem(_ node: Node, _ place: String) -> Bool {
        itemCount += 1
        if itemCount == Self.maximumItems + 1 {
            add(node, place, "the file has more than \(Self.maximumItems) list items: split it")
        }
        return itemCount <= Self.maximumItems
    }
}

/// A mapping of the file while it is read. Every key is asked for by name; ``end()`` reports those that nobody asked for,
/// so that a typing mistake is never a silent omission. A value that cannot be read is a fault, and stands in for itself
/// as the type's default: the reading goes on and finds the next fault.
struct CampaignFileMapping {
    private let node: Node
    private let mapping: Node.Mapping
    private let place: String
    let faults: CampaignFileFaults
    private var asked: [String] = []

    /// Reads `node` as a mapping, with `body` asking for its keys; `nil` with a fault when it is none.
    static func read<Value>(
        _ node: Node, at place: String, _ faults: CampaignFileFaults, _ body: (inout CampaignFileMapping) -> Value
    ) -> Value? {
        guard case .mapping(let mapping) = node else {
            faults.add(node, place, "must be a mapping of keys to values")
            return nil
        }
        var reading = CampaignFileMapping(node: node, mapping: mapping, place: place, faults: faults)
        let value = body(&reading)
        reading.end()
        return value
    }

    private init(node: Node, mapping: Node.Mapping, place: String, faults: CampaignFileFaults) {
        self.node = node
        self.mapping = mapping
        self.place = place
        self.faults = faults
    }

    func place(of key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    private mutating func value(_ key: String) -> Node? {
        asked.append(key)
        return mapping.first { $0.key.string == key }?.value
    }

    private mutating func required(_ key: String) -> Node? {
        let value = value(key)
        if value == nil { faults.add(node, place(of: key), "is missing: add the key") }
        return value
    }

    private func end() {
        for (key, _) in mapping where !asked.contains(key.string ?? "") {
            faults.add(
                key, place(of: key.string ?? "?"),
                "is no key of the format: use one of \(asked.joined(separator: ", ")), or take it out")
        }
    }

    // MARK: - Single values

    /// A text that must be there and not be empty.
    mutating func text(_ key: String) -> String {
        guard let value = required(key), let text = scalar(value, key) else { return "" }
        if text.isBlank { faults.add(value, place(of: key), "is empty: write a value") }
        return text
    }

    /// Empty when the key is not there.
    mutating func optionalText(_ key: String) -> String {
        value(key).flatMap { scalar($0, key) } ?? ""
    }

    mutating func number<Number: FixedWidthInteger>(_ key: String, default: Number? = nil) -> Number {
        guard let value = `default` == nil ? required(key) : value(key) else { return `default` ?? 0 }
        guard let text = scalar(value, key) else { return 0 }
        guard let number = Number(text) else {
            faults.add(
                value, place(of: key), "'\(text)' must be a whole number from \(Number.min) to \(Number.max)")
            return 0
        }
        return number
    }

    /// False when the key is not there.
    mutating func flag(_ key: String) -> Bool {
        guard let value = value(key), let text = scalar(value, key) else { return false }
        switch text {
        case "true": return true
        case "false": return false
        default:
            faults.add(value, place(of: key), "'\(text)' must be true or false")
            return false
        }
    }

    mutating func date(_ key: String) -> TypeV1.Date? {
        required(key).flatMap { date($0, key) }
    }

    mutating func optionalDate(_ key: String) -> TypeV1.Date? {
        value(key).flatMap { date($0, key) }
    }

    mutating func optionalDecimal(_ key: String) -> TypeV1.Decimal? {
        guard let value = value(key), let text = scalar(value, key) else { return nil }
        guard let decimal = Decimal(parsing: text) else {
            faults.add(value, place(of: key), "'\(text)' must be a number such as 0 or 0.01")
            return nil
        }
        return TypeV1.Decimal(unscaledValue: decimal.unscaled, scale: UInt32(decimal.scale))
    }

    /// One of a few words, each standing for a value.
    mutating func choice<Value>(_ key: String, _ values: KeyValuePairs<String, Value>) -> Value? {
        guard let value = required(key), let text = scalar(value, key) else { return nil }
        if let chosen = values.first(where: { $0.key == text }) { return chosen.value }
        faults.add(
            value, place(of: key), "'\(text)' must be one of \(values.map(\.key).joined(separator: ", "))")
        return nil
    }

    private func scalar(_ value: Node, _ key: String) -> String? {
        guard case .scalar(let scalar) = value else {
            faults.add(value, place(of: key), "must be a single value, not a list or a mapping")
            return nil
        }
        return scalar.string
    }

    private func date(_ value: Node, _ key: String) -> TypeV1.Date? {
        guard let text = scalar(value, key) else { return nil }
        guard let date = CivilDate(parsing: text) else {
            faults.add(
                value, place(of: key), "'\(text)' is no date from 2000 to 2100: write it as 2019-09-01")
            return nil
        }
        return TypeV1.Date(year: date.year, month: Int32(date.month), day: Int32(date.day))
    }

    // MARK: - Lists and mappings inside

    /// The mapping under a key that must be there.
    mutating func mapping<Value>(_ key: String, _ body: (inout CampaignFileMapping) -> Value) -> Value? {
        required(key).flatMap { Self.read($0, at: place(of: key), faults, body) }
    }

    /// Empty when the key is not there.
    mutating func mappings<Value>(_ key: String, _ body: (inout CampaignFileMapping) -> Value) -> [Value] {
        items(key).compactMap { Self.read($0.node, at: $0.place, faults, body) }
    }

    /// Empty when the key is not there.
    mutating func texts(_ key: String) -> [String] {
        items(key).compactMap { item in
            guard case .scalar(let scalar) = item.node, !scalar.string.isBlank else {
                faults.add(item.node, item.place, "must be a single value that is not empty")
                return nil
            }
            return scalar.string
        }
    }

    /// The items of a list with their places; none when the key is not there.
    mutating func items(_ key: String) -> [(node: Node, place: String)] {
        guard let value = value(key) else { return [] }
        guard case .sequence(let sequence) = value else {
            faults.add(value, place(of: key), "must be a list")
            return []
        }
        return sequence.enumerated().compactMap { index, item in
            let here = "\(place(of: key))[\(index)]"
            return faults.countItem(item, here) ? (item, here) : nil
        }
    }
}
