public import ArgumentParser
internal import Cryptography
internal import Glibc
internal import Journal
internal import Messages
internal import PostgreSQL
internal import RPC
internal import Storage

/// `qm-SERVICE store correct-clock STORE --reason TEXT`.
public struct StoreClockCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "correct-clock", abstract: "Have the journal go back, after a clock that was ahead.",
            discussion: """
                Nothing is sealed earlier than what the journal has come to: after a clock that was ahead the service waits \
                until then. Stop all copies of the service, see that this machine's clock is right, and say so with this \
                command: it appends an entry "clock.corrected" with this instant, from which the journal goes on. The entry \
                says which entries were sealed while the clock was wrong, from when to when, by how much, why, and by whose \
                word; it is kept for ever. What those instants decided, late or on time, is for whoever published the \
                campaign to judge.

                Example:
                  qm-\(Service.name) store correct-clock \(Service.name).db --ahead-by 5d --reason 'node 3 had no NTP'
                """)
    }

    @Argument(help: "The store (store.path or store.url).") var store: String
    @Option(help: "The key that signs its journal (store.signingKey); the file's path with .key after it unless given.")
    var key: String?
    @Option(help: "Why the clock was wrong, for the journal.") var reason: String
    @Option(help: "By how much it was ahead, e.g. 5d or 1h30m; as far as the journal is ahead unless given.")
    var aheadBy: String?
    @Option(help: "The first entry that was sealed by it; the first that is later than now unless given.")
    var from: UInt64?
    @Option(help: "By whose word; the user's name unless given.") var saidBy: String?
    @Option(name: .customLong("library"), help: "PostgreSQL's client library (store.library).")
    var library = PostgresLibrary.defaultName

    public init() {}

    public func run() async throws {
        let corrected = try await StoreWork<Service>.run { try await correct() }
        let correction = corrected.correction
        print(
            """
            corrected: entry \(corrected.position.index) says that the clock was \
            \(ClockWords.difference(correction.aheadMicroseconds)) the right time from entry \
            \(correction.firstIndex) on, when it showed \(ClockWords.instant(correction.fromUnixMicroseconds)), until it \
            showed \(ClockWords.instant(correction.untilUnixMicroseconds))
            """)
    }

    private func correct() async throws -> ClockCorrected {
        guard (1...1_000).contains(reason.utf8.count) else {
            throw StartError(.configuration, "--reason: say why in 1 to 1,000 bytes: the journal keeps it")
        }
        let ahead = try aheadBy.map(Self.microseconds)
        let place = try StorePlace(option: store, library: library)
        let now = WallClock.real.now()
        let store = try Store.opening(
            existing: place, service: Service.name, migrations: Service.migrations, key: try signingKey(place),
            wallClock: { now })
        defer { store.close() }
        return try await store.correctClock(
            nowUnixMicroseconds: now, firstIndex: from, aheadMicroseconds: ahead
        ) { correction in
            try TypeV1.ClockCorrected(
                firstIndex: correction.firstIndex, fromUnixUs: correction.fromUnixMicroseconds,
                untilUnixUs: correction.untilUnixMicroseconds, aheadUs: correction.aheadMicroseconds,
                saidBy: saidBy ?? Self.userName, reason: reason
            ).encodedBytes()
        }
    }

    private func signingKey(_ place: StorePlace) throws -> SigningKey {
        switch (key, place) {
        case (let key?, _): return try SigningKey.load(path: key)
        case (nil, .file(let path)): return try SigningKey.load(path: path + ".key")
        case (nil, .database):
            throw StartError(.configuration, "--key: name the file of store.signingKey")
        }
    }

    private static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "user \(geteuid())"
    }

    private static func microseconds(_ text: String) throws -> Int64 {
        let form = /(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?/
        guard let parts = text.wholeMatch(of: form), !text.isEmpty else {
            throw StartError(.configuration, "--ahead-by \(text): a time such as 5d, 1h30m or 90s is expected")
        }
        let (_, days, hours, minutes, seconds) = parts.output
        let numbers = [days, hours, minutes, seconds].map { $0.flatMap { Int64($0) } ?? 0 }
        return (((numbers[0] * 24 + numbers[1]) * 60 + numbers[2]) * 60 + numbers[3]) * 1_000_000
    }
}
