public import ArgumentParser
internal import PostgreSQL
public import Storage

/// A service that keeps a store of its own, for the commands that work on it.
public protocol StoredService: Sendable {
    static var name: String { get }
    static var migrations: [Migration] { get }
    /// Its own commands on the store, beside those that every service has.
    static var storeCommands: [any ParsableCommand.Type] { get }
}

extension StoredService {
    public static var storeCommands: [any ParsableCommand.Type] { [] }
}

/// `qm-SERVICE store ...`: what operators do with a store while the service does not run.
public struct StoreCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "store", abstract: "Work on the service's store while the service does not run.",
            subcommands: [StoreCopyCommand<Service>.self] + Service.storeCommands)
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
                from: try place(from), to: try place(to), service: Service.name, migrations: Service.migrations)
            let summary = try await copy.run()
            print("moved: \(summary.rowCount) rows, of them \(summary.entryCount) entries of the journal, verified")
            if let checkpoint = summary.checkpoint { print("\n\(checkpoint)", terminator: "") }
        } catch {
            let error = StartError(wrapping: error)
            StandardError.shared.write("qm-\(Service.name): \(error.message)\n") { _ in "" }
            StandardError.shared.flush(milliseconds: 1_000)
            throw ExitCode(error.exitCode)
        }
    }

    private func place(_ text: String) throws -> StorePlace {
        guard text.contains("://") else { return .file(text) }
        do {
            return .database(try PostgresAddress(parsing: text), library: library)
        } catch {
            throw StartError(.configuration, error.message.replacing("store.url", with: "the address"))
        }
    }
}
