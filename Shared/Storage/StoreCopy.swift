internal import Journal

/// Moves a store from one place to another, between engines or not: every row of every table as it is, then the log is
/// verified where it came to, and the place that was left says where it went.
///
/// The same epoch goes on there, with the same receipts. Nothing may write to the store meanwhile: a file is locked; of a
/// database it is noticed, and the copy fails.
public struct StoreCopy: Sendable {
    /// What was copied.
    public struct Summary: Sendable, Hashable {
        public var rowCount = 0
        /// Of the log, all of which were verified.
        public var entryCount: UInt64 = 0
        /// The log's head, a signed note; `nil` for a store without a log.
        public var checkpoint: String?
    }

    /// What goes into one transaction.
    private static let pageRows = 500

    private let from: StoreOptions
    private let to: StoreOptions

    /// - Parameter migrations: the service's.
    public init(
        from: StorePlace, to: StorePlace, service: String, migrations: [Migration],
        synchronous: StoreOptions.Synchronous = .full
    ) {
        self.from = StoreOptions(from, service: service, migrations: migrations, synchronous: synchronous)
        self.to = StoreOptions(to, service: service, migrations: migrations, synchronous: synchronous)
    }

    /// Copies, verifies and marks. Errors name the place that they are about; whatever fails, the store that is left stays
    /// what it was, and the other one is refused by the service until it was made anew.
    public func run() async throws -> Summary {
        let filling = StoreFilling(options: to)
        let source = try await from.place.naming {
            if case .file(let path) = from.place, !StoreFile.isThere(path) {
                throw StorageError(.cannotOpen, "is not there: name the store that is to be moved")
            }
            return try Store.driver(from)
        }
        defer { source.close() }
        let target = try await to.place.naming { try Store.driver(to) }
        defer { target.close() }
        let (settings, head) = try await from.place.naming {
            try await source.read { [from] connection in
                (
                    try StoreSettings.whole(from, connection), try connection.row(LogHeadRow.self, LogHeadRow.name)
                )
            }
        }
        try await to.place.naming { try target.withWriter { try filling.begin(from: "\(from.place)", on: $0) } }
        var summary = Summary()
        for table in from.tables { summary.rowCount += try await copy(table, from: source, to: target) }
        summary.checkpoint = try await source.read { try $0.lastLogGroup()?.checkpoint }
        // Of what was written meanwhile a part may have come over: nobody is to think that the copy is damaged.
        try await from.place.naming {
            try Self.check(try await source.read { try $0.row(LogHeadRow.self, LogHeadRow.name) }, isStill: head)
        }
        if let checkpoint = summary.checkpoint {
            summary.entryCount = try await to.place.naming { try await filling.verify(target, checkpoint, settings) }
        }
        // The store goes on at one place: first it is left here, then it may be opened there.
        try await from.place.naming { try source.withWriter { try leave($0, head) } }
        try await to.place.naming { try target.withWriter { try filling.finish(settings, on: $0) } }
        return summary
    }

    // MARK: Where it is

    private static func check(_ now: LogHeadRow?, isStill head: LogHeadRow?) throws {
        guard now == head else {
            throw StorageError(
                .busy, "was written to while it was copied: stop the service, make the other place anew, and try again")
        }
    }

    private func leave(_ connection: any DriverConnection, _ head: LogHeadRow?) throws {
        try connection.inTransaction {
            try Self.check(try connection.lockedHead(), isStill: head)
            try connection.set(StoreSettings.movedSetting, "\(to.place)")
            // Whoever has the store open all the same begins no group commit any more.
            try connection.make(.deleting(LogHeadRow.self, [LogHeadRow.name]))
        }
    }

    // MARK: Where it goes

    /// In pages, each a transaction.
    private func copy(_ table: Table, from source: any StoreDriver, to target: any StoreDriver) async throws -> Int {
        var count = 0
        var last: [SQLValue] = []
        while true {
            let rows = try await from.place.naming {
                try await source.read { [last] in try table.rows(after: last, limit: Self.pageRows, on: $0) }
            }
            guard let end = rows.last else { return count }
            count += rows.count
            last = table.key(of: end)
            try await to.place.naming {
                try target.withWriter { connection in
                    try connection.inTransaction { try table.insert(rows, on: connection) }
                }
            }
        }
    }
}
