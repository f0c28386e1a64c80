public import ArgumentParser
internal import PostgreSQL
public import Storage

/// A service that keeps a store of its own, for the commands that work on it.
public protocol StoredService: Sendable {
    static var name: String { get }
    static var migrations: [Migration] { get }
    /// Its own commands on the store, beside those that every service has.
    static var storeCommands: [any ParsableCommand.Type] { get }
    /// How its rows follow from its log; `nil` for a service without a log.
    static var projection: (any LogProjection)? { get }
    /// Who has receipts of the store's journal: they are told when it goes on in a new epoch.
    static func receiptHolders(_ transaction: ReadTransaction) throws -> [String]
    /// Which key the keys in the store are wrapped by (``Cryptography/WrappingKey/identifier``); `nil` for a store without.
    static func wrappingKeyIdentifier(_ transaction: ReadTransaction) throws -> [UInt8]?
}

extension StoredService {
    public static var storeCommands: [any ParsableCommand.Type] { [] }
    public static var projection: (any LogProjection)? { nil }
    public static func receiptHolders(_ transaction: ReadTransaction) throws -> [String] { [] }
    public static func wrappingKeyIdentifier(_ transaction: ReadTransaction) throws -> [UInt8]? { nil }
}

/// `qm-SERVICE store ...`: what operators do with a store. Only a backup is taken while the service runs.
public struct StoreCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "store", abstract: "Work on the service's store: back it up, put it back, verify it, move it.",
            subcommands: [
                StoreBackupCommand<Service>.self, StoreRestoreCommand<Service>.self, StoreVerifyCommand<Service>.self,
                StoreRenewCommand<Service>.self, StoreCopyCommand<Service>.self, StoreClockCommand<Service>.self,
            ] + Service.storeCommands)
    }

    public init() {}
}

/// `qm-SERVICE store copy FROM TO`.
public struct StoreCopyCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "copy", abstract: "Move the store to another place, between SQLite and PostgreSQL or not.",
            discussion: """
                Stop all copies of the service first. FROM and TO are a file (store.path) or a database \
                (store.url, postgresql://USER@HOST/DATABASE?...); TO must be empty. The journal is verified where it came \
                to, and goes on there under the same key: take the files of its keys along \
                (store.signingKey, store.wrappingKey). FROM is marked as moved \
                and opened by no service any more; keep it until you have a backup of TO.

                Example:
                  qm-\(Service.name) store copy \(Service.name).db 'postgresql://quality@/\(Service.name)?host=/run/postgresql'
                """)
    }

    @Argument(help: "The store that is to be moved.") var from: String
    @Argument(help: "Where it goes.") var to: String
    @Option(name: .customLong("library"), help: "PostgreSQL's client library (store.library).")
    var library = PostgresLibrary.defaultName

    public init() {}

    public func run() async throws {
        try await StoreWork<Service>.run {
            let copy = StoreCopy(
                from: try .init(option: from, library: library), to: try .init(option: to, library: library),
                service: Service.name, migrations: Service.migrations)
            let summary = try await copy.run()
            print("moved: \(summary.rowCount) rows, of them \(summary.entryCount) entries of the journal, verified")
            if let checkpoint = summary.checkpoint { print("\n\(checkpoint)", terminator: "") }
        }
    }
}

/// `qm-SERVICE store verify STORE`.
public struct StoreVerifyCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "verify", abstract: "Check that the store is what was acknowledged.",
            discussion: """
                Stop all copies of the service first. STORE is a file (store.path) or a database (store.url). Nothing is \
                changed. The whole journal is read and held against its signatures and against the head file, and every \
                row that follows from the journal against what its entry says. Each fault is named, the first \
                \(StoreFaults.toldLimit) of them; exit code 1 when there is one.

                Example:
                  qm-\(Service.name) store verify \(Service.name).db
                """)
    }

    @Argument(help: "The store.") var store: String
    @Option(
        name: .customLong("head-file"),
        help: "How far the journal was acknowledged (store.headFile); of a file STORE.head, if that is there.")
    var headFile: String?
    @Option(name: .customLong("library"), help: "PostgreSQL's client library (store.library).")
    var library = PostgresLibrary.defaultName

    public init() {}

    public func run() async throws {
        let found = try await StoreWork<Service>.run {
            try await StoreVerifying(
                try StorePlace(option: store, library: library), service: Service.name, migrations: Service.migrations,
                projection: Service.projection, headFile: headFile ?? (store.contains("://") ? nil : store + ".head")
            ).run()
        }
        guard let found else { return print("there is no entry in a journal here that could be verified") }
        for fault in found.faults.told { print(fault) }
        let more = found.faults.count - found.faults.told.count
        if more > 0 { print("and \(more) more") }
        guard found.faults.isEmpty else {
            print("\(found.faults.count) faults in \(found.entryCount) entries and their rows")
            throw ExitCode(1)
        }
        print("verified: \(found.entryCount) entries of the journal in \(found.groupCount) groups, and their rows")
    }
}
