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
}

extension StoredService {
    public static var storeCommands: [any ParsableCommand.Type] { [] }
    public static var projection: (any LogProjection)? { nil }
}

/// `qm-SERVICE store ...`: what operators do with a store while the service does not run.
public struct StoreCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "store", abstract: "Work on the service's store while the service does not run.",
            subcommands: [StoreCopyCommand<Service>.self, StoreVerifyCommand<Service>.self] + Service.storeCommands)
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
        do {
            let copy = StoreCopy(
                from: try StorePlace(from, library: library), to: try StorePlace(to, library: library),
                service: Service.name, migrations: Service.migrations)
            let summary = try await copy.run()
            print("moved: \(summary.rowCount) rows, of them \(summary.entryCount) entries of the journal, verified")
            if let checkpoint = summary.checkpoint { print("\n\(checkpoint)", terminator: "") }
        } catch {
            throw Service.exit(because: error)
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
        let found: StoreVerification?
        do {
            let verifying = StoreVerifying(
                try StorePlace(store, library: library), service: Service.name, migrations: Service.migrations,
                projection: Service.projection, headFile: headFile ?? (store.contains("://") ? nil : store + ".head"))
            found = try await verifying.run()
        } catch {
            throw Service.exit(because: error)
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

extension StoredService {
    /// Says what went wrong.
    fileprivate static func exit(because error: any Error) -> ExitCode {
        let error = StartError(wrapping: error)
        StandardError.shared.write("qm-\(name): \(error.message)\n") { _ in "" }
        StandardError.shared.flush(milliseconds: 1_000)
        return ExitCode(error.exitCode)
    }
}

extension StorePlace {
    /// As a command has it: a file, or an address.
    fileprivate init(_ text: String, library: String) throws(StartError) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        do {
            self = .database(try PostgresAddress(parsing: text), library: library)
        } catch {
            throw StartError(.configuration, error.message.replacing("store.url", with: "the address"))
        }
    }
}
