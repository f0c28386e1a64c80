internal import NotificationRules
public import Storage

/// A unit that had a receipt when an epoch of submission's journal ended. Numbered without a gap, so that all of them
/// can be loaded.
struct ReceiptHolderRow: StoredRow, Equatable {
    struct Number: StoredKey {
        let value: Int

        func write(to columns: inout ColumnWriter) { columns.add(.number(value)) }
    }

    static let table = Table(
        "inbox_receipt_holder", key: [.integer("holder_number")], values: [.text("organisation")])

    let key: Number
    let organisation: String

    init(_ number: Int, _ organisation: String) {
        key = Number(value: number)
        self.organisation = organisation
    }

    init(key: Number, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        organisation = try columns.text()
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.text(organisation)) }

    /// So many are named at a time, until one of them is not there.
    private static let namedAtOnce = 256

    /// Names all that there are, as far as is known by now, and gives them back.
    static func want(in rows: WorkingSet) -> [String] {
        var found: [String] = []
        var first = 0
        while true {
            let block = (first..<first + namedAtOnce).map { rows.want(Self.self, Number(value: $0)) }
            found += block.compactMap { $0?.organisation }
            guard block.allSatisfy({ $0 != nil }) else { return found }
            first += namedAtOnce
        }
    }

    /// All, which were named.
    static func holders(in rows: WorkingSet) -> [String] {
        var found: [String] = []
        var number = 0
        while let row = rows.row(Self.self, Number(value: number)) {
            found.append(row.organisation)
            number += 1
        }
        return found
    }
}

/// Notes who has receipts, when what submission's journal told is forgotten because it goes on in a new epoch. The store that
/// it goes on from may know nothing of them: their reports came after the state that it was put back to.
public struct ReceiptHolders: Decision {
    private let holders: [ReceiptHolderRow]

    /// Reads them off the inboxes, beside those that are noted: only receipts are messages of submission's that are not noted
    /// as known.
    public init(before transaction: ReadTransaction) throws {
        let noted = try transaction.all("SELECT organisation FROM inbox_receipt_holder") { try $0.text(0) }
        let told = try transaction.all(
            """
            SELECT DISTINCT m.organisation FROM inbox_message m WHERE m.source = ? AND NOT EXISTS (
            SELECT 1 FROM inbox_known k WHERE k.organisation = m.organisation AND k.identity = m.identity)
            """, [.number(InboxSource.submission.rawValue)]
        ) { try $0.text(0) }
        holders = Set(noted + told).sorted().enumerated().map { ReceiptHolderRow($0.offset, $0.element) }
    }

    public func load(_ rows: WorkingSet) {}

    public func decide(_ rows: WorkingSet) {
        // Those that were there are forgotten in the same group commit.
        for holder in holders { rows.add(holder) }
    }
}
