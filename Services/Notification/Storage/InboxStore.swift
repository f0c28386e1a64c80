internal import Journal
internal import Messages
public import NotificationRules
internal import RPC
public import Reporting
internal import ReportingMessages
public import Storage
internal import Synchronization

/// A message as it lies in an inbox: the item, and what became of it.
public struct InboxEntry: Sendable, Hashable {
    public var item: InboxItem
    /// `nil`: not yet.
    public var readUnixMicroseconds: Int64?
    public var acknowledgedUnixMicroseconds: Int64?
}

/// The inboxes: opened, and marked.
public final class InboxStore: Sendable {
    public enum Mark: Sendable, Hashable {
        case read
        /// Read as well.
        case acknowledged
    }

    /// One page of an inbox.
    public struct Page: Sendable, Hashable {
        public var entries: [InboxEntry]
        /// True when entries with greater ids are there.
        public var hasMore: Bool
        /// In the whole inbox.
        public var unread: Int
    }

    private let store: Store
    /// Campaigns read before, for their titles; of the journal with this epoch.
    private let campaigns = Mutex<(epoch: JournalEpoch?, byCode: [String: Campaign])>((nil, [:]))

    public init(_ store: Store) {
        self.store = store
    }

    /// Codes from the organisation that `organisation` reports to, up to the top; none for one that is not known.
    public func superiors(of organisation: String) async throws -> [String] {
        try await store.read { transaction in
            var superiors: [String] = []
            var code = organisation
            while superiors.count < ReportingLine.maximumDepth {
                guard let superior = try transaction.row(OrganisationRow.self, code)?.reportsTo else { break }
                superiors.append(superior)
                code = superior
            }
            return superiors
        }
    }

    /// Messages with an id above `id`, by id.
    public func page(
        of permit: UnitPermit, after id: UInt64, limit: Int, unreadOnly: Bool
    ) async throws -> Page {
        let organisation = permit.unit
        return try await store.read { transaction in
            var entries = try transaction.all(
                unreadOnly ? Self.unreadSQL : Self.pageSQL,
                [.text(organisation), .integer(Int64(clamping: id)), .number(limit + 1)]
            ) { try InboxEntry($0, organisation: organisation) }
            let hasMore = entries.count > limit
            if hasMore { entries.removeLast() }
            let unread = try transaction.first(Self.unreadCountSQL, [.text(organisation)]) {
                try $0.number(0, as: Int.self)
            }
            return Page(entries: entries, hasMore: hasMore, unread: unread ?? 0)
        }
    }

    /// One message; `nil` if there is none with that id.
    public func entry(of permit: UnitPermit, id: UInt64) async throws -> InboxEntry? {
        try await store.read { try $0.entry(of: permit.unit, id: id)?.entry }
    }

    /// Marks a message with the instant of the commit, unless it is marked so already: the first instant stays. Gives
    /// back the message as it is then, and whether the mark is new; `nil` if there is none with that id.
    public func mark(
        _ mark: Mark, of permit: UnitPermit, id: UInt64
    ) async throws -> (entry: InboxEntry, isNew: Bool)? {
        // No id of ours is beyond 63 bits.
        guard Int64(exactly: id) != nil else { return nil }
        return try await store.commit(Marking(mark, organisation: permit.unit, id: id)).value
    }

    /// Campaigns by code, those that are known.
    public func campaigns(_ codes: Set<String>) async throws -> [String: Campaign] {
        let known = campaigns.withLock { $0 }
        let read = try await store.read { transaction -> (JournalEpoch?, [String: Campaign]) in
            let epoch = try transaction.followedLog(InboxSource.registry.journal)?.epoch
            // A campaign is published once, so what was read stays true in one epoch.
            var byCode = known.epoch == epoch ? known.byCode : [:]
            for code in codes where byCode[code] == nil {
                guard let row = try transaction.row(CampaignRow.self, code) else { continue }
                byCode[code] = try Campaign(try RegistryV1.CampaignPublished.decode(row.body).campaign ?? .init())
            }
            return (epoch, byCode)
        }
        campaigns.withLock { $0 = read }
        return read.1
    }

    static let columns = """
        m.id, m.source, m.campaign, m.form, m.occurred_unix_us, m.fact, k.read_unix_us, k.acknowledged_unix_us, m.identity
        FROM inbox_message m LEFT JOIN inbox_mark k ON k.organisation = m.organisation AND k.identity = m.identity
        """
    private static let pageSQL =
        "SELECT \(columns) WHERE m.organisation = ? AND m.id > ? ORDER BY m.id LIMIT ?"
    private static let unreadSQL =
        "SELECT \(columns) WHERE m.organisation = ? AND m.id > ? AND k.read_unix_us IS NULL ORDER BY m.id LIMIT ?"
    fileprivate static let entrySQL = "SELECT \(columns) WHERE m.organisation = ? AND m.id = ?"
    private static let unreadCountSQL = """
        SELECT COUNT(*) FROM inbox_message m
        LEFT JOIN inbox_mark k ON k.organisation = m.organisation AND k.identity = m.identity
        WHERE m.organisation = ? AND k.read_unix_us IS NULL
        """
}

/// Marks a message, unless it is marked so already.
private struct Marking: Decision {
    let mark: InboxStore.Mark
    let key: MessageRow.Key

    init(_ mark: InboxStore.Mark, organisation: String, id: UInt64) {
        self.mark = mark
        key = MessageRow.Key(organisation: organisation, id: id)
    }

    func load(_ rows: WorkingSet) {
        guard let message = rows.want(MessageRow.self, key) else { return }
        rows.want(MarkRow.self, KnownMessageRow(message).key)
    }

    func decide(_ rows: WorkingSet) throws -> (entry: InboxEntry, isNew: Bool)? {
        guard let message = rows.row(MessageRow.self, key) else { return nil }
        let item = try message.item
        let identity = KnownMessageRow(message).key
        let stored = rows.row(MarkRow.self, identity)
        var row = stored ?? MarkRow(identity, readUnixMicroseconds: rows.sealedUnixMicroseconds)
        let isMarked =
            switch mark {
            case .read: stored != nil
            case .acknowledged: stored?.acknowledgedUnixMicroseconds != nil
            }
        if !isMarked {
            if mark == .acknowledged { row.acknowledgedUnixMicroseconds = rows.sealedUnixMicroseconds }
            rows.put(row)
        }
        let entry = InboxEntry(
            item: item, readUnixMicroseconds: row.readUnixMicroseconds,
            acknowledgedUnixMicroseconds: row.acknowledgedUnixMicroseconds)
        return (entry, isNew: !isMarked)
    }
}

extension ReadTransaction {
    fileprivate func entry(
        of organisation: String, id: UInt64
    ) throws -> (entry: InboxEntry, identity: JournalHash)? {
        // No id of ours is beyond 63 bits.
        guard let id = Int64(exactly: id) else { return nil }
        return try first(InboxStore.entrySQL, [.text(organisation), .integer(id)]) { row in
            (try InboxEntry(row, organisation: organisation), try row.hash(8))
        }
    }
}

extension InboxEntry {
    /// From the columns of ``InboxStore/columns``.
    fileprivate init(_ row: borrowing Storage.Row, organisation: String) throws {
        guard let source = InboxSource(rawValue: try row.number(1)), let fact = InboxFact(bytes: try row.bytes(5))
        else {
            throw StorageError(.malformedData, "a stored message cannot be read: build the inboxes again")
        }
        self.init(
            item: InboxItem(
                organisation: organisation, id: try row.number(0), source: source,
                campaign: try row.optionalText(2) ?? "",
                form: try row.optionalText(3) ?? "", occurredUnixMicroseconds: try row.integer(4), fact: fact),
            readUnixMicroseconds: try row.optionalInteger(6), acknowledgedUnixMicroseconds: try row.optionalInteger(7))
    }
}
