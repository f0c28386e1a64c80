public import Journal

/// The rows that the decisions of one group commit read and change, and what they append to the journal. Confined to the
/// thread that decides.
///
/// ```
///     load ──▶ decide, each in its turn ──▶ store
///                  │        ▲
///                  └ throws ┘  back to where it began
/// ```
///
/// Rows are loaded for all decisions together. What one decision changes is what the next one sees; one that throws leaves
/// nothing behind. A row may be read and changed only if it was named before (``want(_:_:)``): anything else is a mistake
/// of the program, and ends it. Only what is new by its key is added without (``add(_:)``).
public final class WorkingSet {
    private let journal: LogWriter
    private var sets: [ObjectIdentifier: any AnyRowSet] = [:]
    /// In the order in which they were first named, which is that of loading and storing.
    private var order: [any AnyRowSet] = []
    /// Whose row was changed, one for each change that can be undone.
    private var changes: [any AnyRowSet] = []
    private var forgotten: [Forgetting] = []
    /// In the place of a database.
    private var held: [any StoredRow] = []

    init(_ journal: LogWriter) {
        self.journal = journal
    }

    /// The instant that the seal of this group commit carries, microseconds since 1970-01-01T00:00:00Z: the instant of
    /// every entry appended here. It alone decides whether a report is on time.
    public var sealedUnixMicroseconds: Int64 { journal.sealedUnixMicroseconds }

    /// The journal's.
    public var epoch: JournalEpoch { journal.epoch }

    // MARK: Rows

    /// Names a row that a decision needs. Gives it back when it has been loaded already; `nil` says nothing yet.
    @discardableResult
    public func want<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) -> Row? {
        set(of: type).want(key)
    }

    /// A row that was named; `nil` if there is none.
    public func row<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) -> Row? {
        set(of: type).row(key)
    }

    /// Makes it the row of its key, which was named.
    public func put<Row: StoredRow>(_ row: Row) {
        let set = set(of: Row.self)
        set.change(row.key, to: row)
        changes.append(set)
    }

    /// Adds a row whose key is new by what it means, such as the next version's: it need not be named. Where there is one
    /// already, the decision fails when it is stored (`.conflict`).
    public func add<Row: StoredRow>(_ row: Row) {
        let set = set(of: Row.self)
        set.add(row)
        changes.append(set)
    }

    /// From now on there is no row of this key, which was named.
    public func remove<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) {
        let set = set(of: type)
        set.change(key, to: nil)
        changes.append(set)
    }

    private func set<Row: StoredRow>(of type: Row.Type) -> RowSet<Row> {
        if let known = sets[ObjectIdentifier(type)] { return unsafeDowncast(known, to: RowSet<Row>.self) }
        let new = RowSet<Row>()
        sets[ObjectIdentifier(type)] = new
        order.append(new)
        return new
    }

    /// Removes rows whatever they are. Only for a decision that is ``Decision/isAlone``, which reads none of them.
    public func forget(_ rows: [Forgetting]) { forgotten += rows }

    // MARK: The journal

    /// Appends an entry to the log; gives back where it stands. Its proof exists once the group commit is sealed:
    /// ``Committed/proof(at:)``.
    ///
    /// - Parameters:
    ///   - kind: what the body is, e.g. "report.accepted".
    ///   - statement: the acknowledged facts in canonical bytes; empty for kinds without receipts. With the kind at most about
    ///     65,000 bytes (``LogEntry/maximumCanonicalBytes``).
    ///   - body: an encoded message. Holds no personal data, which could never be erased again.
    @discardableResult
    public func append(kind: String, statement: [UInt8] = [], body: [UInt8]) -> JournalPosition {
        journal.append(kind: kind, statement: statement, body: body)
    }

    /// What the log had come to before this group commit.
    var journalInstant: LogInstant { journal.instant }

    /// See ``LogWriter/goBack(toUnixMicroseconds:)``.
    func goBack(toUnixMicroseconds instant: Int64) { journal.goBack(toUnixMicroseconds: instant) }

    /// Names an entry of the log that a decision reads.
    public func wantEntry(at index: UInt64) { want(LogEntryRow.self, LogIndex(index)) }

    /// An entry of the log that was named, or is appended in this group commit; `nil` if there is none.
    public func entry(at index: UInt64) -> JournalEntry? {
        set(of: LogEntryRow.self).known(LogIndex(index))?.entry ?? journal.entries.last { $0.index == index }
    }

    // MARK: Turns

    /// Carries out a part of a decision that leaves nothing behind when it throws: also `.entryTooLarge`, for an entry that no
    /// follower could be sent.
    public func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        let (change, mark) = (changes.count, journal.count)
        do {
            let value = try body()
            try journal.checkEntries(from: mark)
            return value
        } catch {
            while changes.count > change { changes.removeLast().undo() }
            journal.reset(to: mark)
            throw error
        }
    }

    // MARK: Without a database

    /// One that holds these rows and no others, beside an empty journal: rules are tried in memory with it.
    package convenience init(
        holding rows: [any StoredRow], sealedUnixMicroseconds: Int64 = 0,
        epoch: JournalEpoch = JournalEpoch([UInt8](repeating: 1, count: JournalEpoch.byteCount))!
    ) {
        // Entries that are held come before those that are appended.
        let size = rows.compactMap { ($0 as? LogEntryRow)?.key.index }.max().map { $0 + 1 } ?? 0
        var log = TiledLog()
        if size > 0 { _ = log.append(Array(repeating: .zero, count: Int(size)), journalSHA256) }
        self.init(LogWriter(epoch: epoch, signer: nil, log: log))
        // A journal that has come to nothing yet refuses no instant.
        try? journal.begin(unixMicroseconds: sealedUnixMicroseconds)
        held = rows
    }

    /// Has a decision made over the rows that are held, as a group commit would.
    package func make<D: Decision>(_ decision: D) throws -> D.Answer {
        decision.load(self)
        while order.contains(where: { $0.wantsRows }) {
            for set in order where set.wantsRows { set.load(from: held) }
            decision.load(self)
        }
        return try attempt { try decision.decide(self) }
    }

    /// What was appended to the log.
    package var appended: [JournalEntry] { journal.entries }

    // MARK: The store

    /// Begins a group commit with what the decisions name, and loads what they name when they have seen that. What others
    /// have appended to the log meanwhile is taken in.
    func begin(for decisions: [any QueuedDecision], on connection: any DriverConnection) throws {
        for decision in decisions { decision.load(self) }
        let advance = try connection.beginGroup(
            loading: wanted, log: journal.size, mustReachDisk: decisions.contains { $0.mustReachDisk })
        if let advance { try journal.takeOver(advance) }
        loaded()
        for decision in decisions { decision.load(self) }
        while order.contains(where: { $0.wantsRows }) {
            try connection.load(wanted)
            loaded()
            for decision in decisions { decision.load(self) }
        }
    }

    private var wanted: [WantedRows] { order.filter { $0.wantsRows }.map { $0.wanted } }

    private func loaded() {
        for set in order where set.wantsRows { set.loaded() }
    }

    /// What was changed.
    func takeChanges() -> [RowChanges] {
        forgotten.map(RowChanges.forgetting) + order.flatMap { $0.takeChanges() }
    }
}

/// The rows of one table in a working set, whatever they are.
protocol AnyRowSet: AnyObject {
    var wantsRows: Bool { get }
    /// The rows that were named and are not loaded yet.
    var wanted: WantedRows { get }
    /// Those that are there have been taken.
    func loaded()
    func load(from held: [any StoredRow])
    func takeChanges() -> [RowChanges]
    /// Undoes the last change.
    func undo()
}

/// The rows of one table in a working set.
final class RowSet<Row: StoredRow>: AnyRowSet {
    /// What is known of the row of one key.
    private struct Slot {
        let key: Row.Key
        /// The store has one.
        var isStored = false
        var now: Row?
        /// So many changes can be undone.
        var changes = 0
    }

    /// In the order in which their keys were first named.
    private var slots: [Slot] = []
    private var slotOfKey: [Row.Key: Int] = [:]
    /// Those before it have been loaded.
    private var loadedCount = 0
    /// Whose key was looked up last. Decisions name, read and change their rows in the same order each time: mostly it is
    /// this one again or the one behind it, which is seen sooner than hashed.
    private var latest = 0
    /// What was there before each change, the last one last.
    private var before: [(slot: Int, row: Row?)] = []

    var wantsRows: Bool { loadedCount < slots.count }

    func want(_ key: Row.Key) -> Row? { slots[slot(of: key)].now }

    /// The row, of a key that may not have been named.
    func known(_ key: Row.Key) -> Row? { knownSlot(of: key).flatMap { slots[$0].now } }

    /// The key's, made if need be.
    private func slot(of key: Row.Key) -> Int {
        if let known = knownSlot(of: key) { return known }
        latest = slots.count
        slotOfKey[key] = latest
        slots.append(Slot(key: key))
        return latest
    }

    private func knownSlot(of key: Row.Key) -> Int? {
        guard latest < slots.count else { return nil }
        if slots[latest].key == key { return latest }
        let next = latest + 1 < slots.count ? latest + 1 : 0
        if slots[next].key == key {
            latest = next
            return next
        }
        guard let known = slotOfKey[key] else { return nil }
        latest = known
        return known
    }

    func row(_ key: Row.Key) -> Row? {
        // No input leads here: a decision that has not named its rows would decide on what it has not seen.
        guard let slot = loadedSlot(of: key) else {
            fatalError("a row of \(Row.table.name) is read that was not named")
        }
        return slots[slot].now
    }

    func change(_ key: Row.Key, to row: Row?) {
        guard let slot = loadedSlot(of: key) else {
            // The same: nobody knows what the store has in its place.
            fatalError("a row of \(Row.table.name) is changed that was not named")
        }
        change(slot, to: row)
    }

    private func loadedSlot(of key: Row.Key) -> Int? {
        knownSlot(of: key).flatMap { $0 < loadedCount ? $0 : nil }
    }

    /// Decisions are made when all that was named is loaded.
    func add(_ row: Row) {
        let slot = slot(of: row.key)
        loadedCount = slots.count
        change(slot, to: row)
    }

    private func change(_ slot: Int, to row: Row?) {
        before.append((slot, slots[slot].now))
        slots[slot].now = row
        slots[slot].changes += 1
    }

    func undo() {
        guard let (slot, row) = before.popLast() else { return }
        slots[slot].now = row
        slots[slot].changes -= 1
    }

    var wanted: WantedRows {
        let first = loadedCount
        return WantedRows(
            table: Row.table, count: slots.count - first, writeKey: { [self] in slots[first + $0].key.write(to: &$1) }
        ) { [self] index, columns in
            take(try Row(key: slots[first + index].key, values: &columns), first + index)
        }
    }

    func loaded() { loadedCount = slots.count }

    func load(from held: [any StoredRow]) {
        let rows = held.compactMap { $0 as? Row }
        for slot in loadedCount..<slots.count {
            if let row = rows.first(where: { $0.key == slots[slot].key }) { take(row, slot) }
        }
        loaded()
    }

    private func take(_ row: Row, _ slot: Int) {
        slots[slot].isStored = true
        slots[slot].now = row
    }

    func takeChanges() -> [RowChanges] {
        var (inserted, updated, deleted): ([Row], [Row], [Row.Key]) = ([], [], [])
        // Each once, in the order of their first changes.
        for (slot, _) in before where slots[slot].changes > 0 {
            slots[slot].changes = 0
            switch (slots[slot].isStored, slots[slot].now) {
            case (false, let row?): inserted.append(row)
            case (true, let row?): updated.append(row)
            case (true, nil): deleted.append(slots[slot].key)
            case (false, nil): break
            }
        }
        var changes: [RowChanges] = []
        if !deleted.isEmpty { changes.append(.deleting(Row.self, deleted)) }
        // A row that is nothing but its key is what it was.
        if !updated.isEmpty, !Row.table.values.isEmpty { changes.append(.updating(updated)) }
        if !inserted.isEmpty { changes.append(.inserting(inserted)) }
        return changes
    }
}
