public import Balancing
internal import Glibc
public import Logging
internal import PostgreSQL
public import Storage
public import Transport

/// The configuration that every service has, read and checked.
public struct ServiceSettings: Sendable {
    public var listenHost: String
    /// 0: the system chooses.
    public var listenPort: Int
    public var logLevel: Logger.Level
    public var eventLoops: Int
    /// How long an event loop without work looks for frames before it sleeps.
    public var busyPollMicroseconds: Int
    public var clock: WallClock
    /// See ``ClockRule``.
    public var clockToleranceMicroseconds: Int64
    public var telemetry: TelemetrySettings
    /// How long open calls may take to end when the process is told to stop.
    public var drain: DrainTimes
    /// Where to listen, and what connections are held to; the gateway holds the services to the same.
    public var listener: ListenerConfiguration
    /// Message bytes that may wait in the whole process, and of one caller.
    public var bytesInFlight: BytesInFlightLimits

    /// - Parameter defaultPort: where the service listens when nothing else is said.
    public init(_ configuration: ServiceConfiguration, defaultPort: Int) throws {
        listenHost = try configuration.text(.listenHost) ?? "127.0.0.1"
        listenPort =
            try configuration.value(.listenPort, expected: "a port, 0 to 65535") { text in
                Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
            } ?? defaultPort
        logLevel =
            try configuration.value(.logLevel, expected: "a level", { Logger.Level(rawValue: $0.lowercased()) })
            ?? .info
        eventLoops =
            try configuration.value(.eventLoops, expected: "a number of threads, 1 to 64") { text in
                Int(text).flatMap { (1...64).contains($0) ? $0 : nil }
            } ?? 1
        busyPollMicroseconds =
            try configuration.number(.busyPollMicroseconds, 0...1_000_000) ?? ConnectionLoops.usualBusyPollMicroseconds
        drain = try configuration.drainTimes()
        let limits = try configuration.transportLimits()
        listener = limits.listener
        listener.host = listenHost
        listener.port = listenPort
        bytesInFlight = limits.bytesInFlight
        let start = try configuration.value(
            .rehearsalClock, expected: "an instant such as 2019-08-31T23:59:00+08:00", WallClock.instant(parsing:))
        telemetry = try TelemetrySettings(configuration)
        clock = start.map { .rehearsal(startingAt: $0) } ?? .real
        clockToleranceMicroseconds = Int64(try configuration.number(.clockTolerance, 1...3600) ?? 5) * 1_000_000
    }
}

extension ServiceConfiguration {
    /// Where the gateways are: `gateway.endpoints`, else the one at `gateway.host` and `gateway.port`.
    public func gateways() throws -> [EndpointSource] {
        let several = try value(.gatewayEndpoints, expected: "a list of \(EndpointSource.forms), with commas") { text in
            EndpointSource.list(text)
        }
        if let several { return several }
        _ = try required(.gatewayPort)
        let port = try value(.gatewayPort, expected: "a port, 1 to 65535") { text in
            Int(text).flatMap { (1...65535).contains($0) ? $0 : nil }
        }
        return [.endpoint(Endpoint(host: try text(.gatewayHost) ?? "127.0.0.1", port: port ?? 0))]
    }

    /// How this process's own calls are sent again.
    public func retries() throws -> RetrySettings {
        var settings = RetrySettings()
        let attempts = try number(.retryAttempts, 1...20)
        let percent = try number(.retryBudgetPercent, 0...100)
        settings.maximumAttempts = attempts ?? settings.maximumAttempts
        settings.budgetPercent = percent ?? settings.budgetPercent
        return settings
    }

    /// How long an endpoint that is dialled, be it a gateway or a service, may take to accept.
    public func connectTimeoutSeconds() throws -> Int64 {
        Int64(try number(.connectTimeoutSeconds, 1...600) ?? 5)
    }

    /// How long it may take, from dialling, until that endpoint has said HELLO.
    public func dialHelloTimeoutSeconds() throws -> Int64 {
        Int64(try number(.dialHelloTimeoutSeconds, 1...600) ?? 10)
    }

    /// The longest pause between attempts to reach an endpoint that is down, be it a gateway or a service.
    public func longestDialPauseSeconds() throws -> UInt64 {
        UInt64(try number(.longestDialPauseSeconds, 1...120) ?? 3)
    }

    /// Where the store is: a file, or a database in its place.
    func storePlace() throws -> StorePlace {
        guard let url = try text(.storeURL) else { return .file(try storePath()) }
        guard try text(.storePath) == nil else {
            throw StartError(
                .configuration, "store.path and store.url are both set: a store is in one place; take one of them out")
        }
        do {
            return .database(
                try PostgresAddress(parsing: url), library: try text(.storeLibrary) ?? PostgresLibrary.defaultName)
        } catch let error as PostgresError {
            throw StartError(.configuration, error.message)
        }
    }

    /// A directory is no store, and nothing that belongs to one is looked for beside it.
    private func storePath() throws -> String {
        let path = try required(.storePath)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return path }
        throw StartError(
            .configuration, "store.path: \(path) is a directory: name a file in it, such as \(path)/store.db")
    }

    /// What is kept of the disk of a store that is a file.
    func storeReserveBytes() throws -> UInt64 {
        UInt64(try number(.storeReserveMebibytes, 0...1_048_576) ?? 64) << 20
    }

    /// How long what is followed may not be current before health says so.
    func followLagSeconds() throws -> Int {
        try number(.followLagSeconds, 1...86_400) ?? 30
    }

    /// How the store's commits reach the disk.
    public func synchronous() throws -> StoreOptions.Synchronous {
        try value(.storageSynchronous, expected: "full or off", StoreOptions.Synchronous.init(rawValue:)) ?? .full
    }
}
