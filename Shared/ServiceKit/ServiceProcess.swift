internal import Admin
internal import ArgumentParser
internal import CBacktrace
public import Cryptography
public import Following
internal import Glibc
internal import Journal
public import Logging
internal import Messages
internal import Metrics
internal import NIOCore
public import RPC
internal import Reflection
internal import ServiceLifecycle
public import Storage
internal import Synchronization
public import TLS
internal import Telemetry
public import Transport

/// Something that goes on beside the server until the process stops.
public struct BackgroundTask: Sendable {
    public let name: String
    /// Cancelled when the process stops. When it ends before that, the process stops.
    public let run: @Sendable () async throws -> Void

    public init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
    }

    /// Follows a journal.
    public init(_ follower: JournalFollower) {
        self.init("follower of \(follower.source)") { try await follower.run() }
    }
}

/// What each executable does the same way: configuration, log, clock, store, gateway, serving, draining.
///
///     await ServiceProcess.run("registry", arguments, defaultPort: 7101) { process in
///         let store = try process.openStore(migrations: RegistrySchema.migrations, key: try process.signingKey())
///         var router = Router()
///         RegistryServer(store).register(on: &router)
///         try await process.serve(router)
///     }
public final class ServiceProcess: Sendable {
    public let name: String
    public let configuration: ServiceConfiguration
    /// The file of the configuration, if there is one.
    public let configurationPath: String?
    /// The configuration as flags, environment and file have it by now. Throws what is wrong with it.
    public let reloadedConfiguration: @Sendable () async throws -> ServiceConfiguration
    public let settings: ServiceSettings
    public let logger: Logger
    public let health: HealthBoard
    private let review: HealthReview
    let clockWatch: ClockWatch
    public let loops: ConnectionLoops
    private let certificates: CertificateWatch
    private let stopSignals: StopSignals
    private let readyFile: ReadyFile?
    let stores = Mutex<[OpenStore]>([])
    /// Of ``gatewayClient()``.
    let gateway = Mutex<RPCClient?>(nil)
    /// Sockets that this process may have open, in all.
    let descriptors = DescriptorAllowance()
    /// Open files that the system allows.
    let openFileLimit: Int
    /// Connections that the admin port may have, of what ``descriptors`` leaves.
    let adminConnections = Mutex(AdminServer.usualConnections)
    private let telemetry: ProcessTelemetry
    /// Ends when the admin port listens.
    private let adminStart = AsyncStream<Void>.makeStream()

    public var clock: WallClock { settings.clock }
    /// What connections that are accepted show and believe; follows the files of `tls.*`.
    public var serverTLS: TLSContextSource { certificates.reloader.server }
    /// The same for connections that are opened.
    public var clientTLS: TLSContextSource { certificates.reloader.client }

    private init(
        name: String, configuration: ServiceConfiguration, configurationPath: String?,
        reload: @escaping @Sendable () async throws -> ServiceConfiguration, settings: ServiceSettings,
        certificates: CertificateWatch, stopSignals: StopSignals, registry: MetricRegistry, logsAccess: Bool,
        readyFile: ReadyFile?
    ) {
        self.name = name
        self.configuration = configuration
        self.configurationPath = configurationPath
        reloadedConfiguration = reload
        self.settings = settings
        self.certificates = certificates
        self.stopSignals = stopSignals
        self.readyFile = readyFile
        logger = Logger(label: name)
        clockWatch = ClockWatch(toleranceMicroseconds: settings.clockToleranceMicroseconds)
        health = HealthBoard(clock: clockWatch)
        review = HealthReview(health, logger)
        openFileLimit = OpenFiles.raiseLimit()
        let spans = settings.telemetry.tracingEndpoint == nil ? nil : SpanQueue()
        loops = ConnectionLoops(
            threads: settings.eventLoops, busyPollMicroseconds: settings.busyPollMicroseconds,
            limits: settings.bytesInFlight,
            telemetry: settings.telemetry.options(spans: spans, logsAccess: logsAccess))
        telemetry = ProcessTelemetry(service: name, loops: loops, spans: spans, registry: registry)
    }

    /// Runs a service from its flags to the end of the process, whose exit code is 0 when it was told to stop. An error is
    /// one line on standard error; the code is 2 then when the configuration is wrong, 1 when the machine or the service
    /// failed.
    ///
    /// - Parameters:
    ///   - keys: what this service knows beside ``ConfigurationKey/common``.
    ///   - logsAccess: whether calls that end are logged, as `log.access` says: the gateway's are.
    ///   - body: opens what the service needs and ends with ``serve(_:callers:background:)``.
    public static func run(
        _ name: String, _ arguments: ServiceArguments, defaultPort: Int, keys: [ConfigurationKey] = [],
        logsAccess: Bool = false, _ body: @Sendable (ServiceProcess) async throws -> Void
    ) async -> Never {
        qm_end_after_backtrace()
        do {
            let flags = try arguments.flags()
            let path = arguments.config
            let load = { @Sendable in
                try await ServiceConfiguration.load(
                    flags: flags, environment: environment(), file: path,
                    keys: ConfigurationKey.common + keys)
            }
            let configuration = try await load()
            let settings = try ServiceSettings(configuration, defaultPort: defaultPort)
            // Looked at before anything is made: a store is not left behind because of a missing certificate.
            let makeLogHandler = { @Sendable (label: String) in
                LineLogHandler(label: label, logLevel: settings.logLevel, format: settings.telemetry.logFormat)
            }
            let certificates = try CertificateWatch(
                configuration.certificates(of: name), logger: Logger(label: name, factory: makeLogHandler))
            LoggingSystem.bootstrap(makeLogHandler)
            let registry = MetricRegistry()
            if settings.telemetry.adminPort != nil { MetricsSystem.bootstrap(registry) }
            let process = ServiceProcess(
                name: name, configuration: configuration, configurationPath: arguments.config, reload: load,
                settings: settings, certificates: certificates, stopSignals: StopSignals(makeLogHandler(name)),
                registry: registry, logsAccess: logsAccess, readyFile: arguments.readyFile.map(ReadyFile.init(path:)))
            process.readyFile?.remove()
            do {
                try await body(process)
            } catch let error as StorageError {
                throw process.naming(error)
            }
            try await process.end()
            end(0)
        } catch {
            let error = StartError(wrapping: error)
            StandardError.shared.write("qm-\(name): \(error.message)\n") { _ in "" }
            end(error.exitCode)
        }
    }

    /// With the store that it is about: once that is open, its errors name no place.
    private func naming(_ error: StorageError) -> StorageError {
        guard let open = stores.withLock({ $0.first }) else { return error }
        return StorageError(error.code, "store \(open.place): \(error.message)", detail: error.detail)
    }

    /// Not `exit`: that takes OpenSSL down while event loops may still run, where the program ends because of an error.
    private static func end(_ code: Int32) -> Never {
        StandardError.shared.flush(milliseconds: 1_000)
        _exit(code)
    }

    /// What is left when nobody is served any more. A store is closed here and not when the last reference to it goes, so
    /// that it is known what the process waits for.
    private func end() async throws {
        try await stopSignals.during("the event loops") { try await loops.shutDown() }
        for open in stores.withLock({ $0 }) {
            stopSignals.begin("a commit to \(open.place)")
            open.store.close()
            stopSignals.end("a commit to \(open.place)")
        }
        logger.notice("stopped")
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if text.hasPrefix("QM_"), let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}

// MARK: - What a service needs

extension ServiceProcess {
    /// Carries calls to the other services, all through the gateway.
    public func gatewayClient() async throws -> RPCClient {
        if let client = gateway.withLock({ $0 }) { return client }
        let client = try await RPCClient.make(
            ConnectionPoolConfiguration(
                service: "gateway", sources: try configuration.gateways(), limits: settings.listener.limits,
                rules: settings.listener.rules, connectTimeoutSeconds: try configuration.connectTimeoutSeconds(),
                helloTimeoutSeconds: try configuration.dialHelloTimeoutSeconds(),
                longestDialPauseSeconds: try configuration.longestDialPauseSeconds(),
                server: .service(named: "gateway"), descriptors: descriptors),
            tls: clientTLS, loops: loops, logger: logger,
            retries: try configuration.retries())
        gateway.withLock { $0 = client }
        return client
    }

    /// Opens the service's store. A store that cannot be written to makes the process unhealthy.
    ///
    /// - Parameters:
    ///   - key: signs the log, in the name of this process's trust domain; `nil` for a store that has none.
    ///   - projection: how the store's rows follow from its log, which is verified in the background.
    ///   - isOwn: the process keeps it for itself, in a file: it can be built again.
    public func openStore(
        migrations: [Migration], key: SigningKey? = nil, projection: (any LogProjection)? = nil, isOwn: Bool = false
    ) throws -> Store {
        if clock.isRehearsal {
            logger.warning(
                "REHEARSAL: the clock does not show the real time, and the store is marked so for ever",
                metadata: ["now_unix_us": "\(clock.now())"])
        }
        let place = try configuration.storePlace()
        if isOwn, case .database = place {
            throw StartError(
                .configuration,
                "store.url: \(name) keeps what it can build again in a file of its own: set store.path instead")
        }
        var options = try storeOptions(at: place, migrations: migrations)
        options.logKey = key.map { LogKey(trustDomain: options.trustDomain ?? "", key: $0) }
        // What is built again from journals seals nothing.
        if key != nil {
            options.wallClock = { [clock, clockWatch] () throws(StorageError) in
                clock.shown(atRealUnixMicroseconds: try clockWatch.sealingInstant())
            }
            // A rehearsal that is started again begins again.
            options.clockToleranceMicroseconds = clock.isRehearsal ? nil : settings.clockToleranceMicroseconds
        }
        if options.synchronous == .off {
            logger.warning("storage.synchronous is off: a power cut loses acknowledged reports")
        }
        // Of what may be lost nothing is noted.
        if key != nil, options.synchronous == .full { options.headFile = try headFile(of: place) }
        let store = try Store(opening: options)
        if let path = store.madeHeadFile {
            logger.warning(
                """
                the store was there and its head file was not, which was made: whether the store has all that was \
                acknowledged is not known
                """, metadata: ["head_file": "\(path)", "entries": "\(store.journalHead.size)"])
        }
        let open = OpenStore(
            store, at: place, projection: projection,
            checkpoints: key == nil ? nil : try configuration.checkpointFile(),
            backupNote: isOwn
                ? nil : place.besidePath(StoreFiles.backupNoteSuffix, key: try configuration.text(.signingKey)),
            reserveBytes: try configuration.storeReserveBytes())
        health.add(
            HealthCondition(
                "store", words: ("the store takes nothing in", "the store takes everything in again"),
                logged: { open.store.trouble.map { "\(place): \($0)" } }
            ) { open.health })
        stores.withLock { $0.append(open) }
        return open.store
    }

    /// `store.headFile`, by default beside the store's file or, of a database, beside the key.
    private func headFile(of place: StorePlace) throws -> String? {
        if let named = try configuration.text(.headFile) { return named }
        return place.besidePath(".head", key: try configuration.text(.signingKey))
    }

    /// Has health say when a follower is not current for longer than `follow.lagSeconds`: what is answered then may be old.
    public func watch(_ follower: JournalFollower) throws {
        let bound = try configuration.followLagSeconds()
        let lag = Gauge(label: "follower_lag_seconds", dimensions: [("journal", follower.source)])
        let entries = Gauge(label: "follower_entries", dimensions: [("journal", follower.source)])
        health.add(
            HealthCondition("journal of \(follower.source)") {
                let progress = follower.progress
                let seconds = follower.secondsBehind
                lag.record(seconds)
                entries.record(progress.cursor?.size ?? 0)
                // A copy that was never at the end answers nothing.
                guard seconds > Double(progress.hasCaughtUp ? bound : min(bound, 2)) else { return .serving }
                let reason = if case .failing(let reason) = progress.condition { reason } else { "it is catching up" }
                return .impaired(
                    reason: "the journal of \(follower.source) has not been followed to its end for \(Int(seconds)) s: "
                        + reason)
            })
    }

    func storeOptions(at place: StorePlace, migrations: [Migration]) throws -> StoreOptions {
        var options = StoreOptions(
            place, service: name, migrations: migrations, isRehearsal: clock.isRehearsal,
            wallClock: { [clock] in clock.now() })
        options.synchronous = try configuration.synchronous()
        options.trustDomain = serverTLS.current.trustDomain
        return options
    }
}

// MARK: - Serving

extension ServiceProcess {
    /// Serves `router`, with health and reflection of its services, until SIGTERM or SIGINT, then drains: no more calls,
    /// the open ones may end, then the background tasks are cancelled.
    public func serve(
        _ router: Router, callers: CallerPolicy = CallerPolicy(), background: [BackgroundTask] = []
    ) async throws {
        var router = router
        let services = router.services
        for service in services { health.set(service, .notServing(reason: "starting")) }
        health.register(on: &router)
        try serveReflection(on: &router)
        let server = try await RPCServer.make(
            listener(), router: router,
            callers: callers, tls: serverTLS, loops: loops, logger: logger)
        try await serve(
            start: { [self] in
                let endpoint = try await server.start()
                for service in services { health.set(service, .serving) }
                return endpoint
            },
            drain: server.drain(_:), background: background + [try await askingOthersForTheTime()])
    }

    /// Answers `quality.rpc.v1.ReflectionService` on `router` for the services that are there already.
    ///
    /// - Parameter routes: gives names to list beside them, each time: those that a gateway routes.
    public func serveReflection(
        on router: inout Router, routes: @escaping @Sendable () -> [String] = { [] }
    ) throws {
        try ReflectionHandler(services: router.services, routes: routes, catalogs: [.suite]).serve(on: &router)
    }

    /// The same for a server of another kind: the gateway's.
    public func serve(
        start: @escaping @Sendable () async throws -> Endpoint,
        drain: @escaping @Sendable (DrainTimes) async -> Void, background: [BackgroundTask] = []
    ) async throws {
        // Stopped in reverse order: the server first, so that background tasks serve open calls to their end.
        let server = ServingTask { [self] in
            try await waitForAdminPort()
            let endpoint = try await bind(start)
            health.set("", .serving)
            try readyFile?.write("\(endpoint)")
            logger.notice("ready", metadata: ["address": "\(endpoint)"])
            try await gracefulShutdown()
            logger.notice("stopping")
            readyFile?.remove()
            // First, so that whoever balances by health sends no more calls here.
            health.stop()
            // These calls would never end by themselves, and the drain would wait for them.
            health.endWatches()
            for open in stores.withLock({ $0 }) { open.store.endWaits() }
            await stopSignals.during("open calls") { await drain(settings.drain) }
        }
        let watch = BackgroundTask("certificates", certificates.run)
        let memory = BackgroundTask("freed memory", FreedMemory.giveBack)
        let open = stores.withLock { $0 }
        let missing = Mutex(MissingServices())
        health.add(
            HealthCondition("endpoints") {
                missing.withLock { $0.reason(at: .now) }.map { .noted(reason: $0) } ?? .serving
            })
        let look = BackgroundTask("health") { [review, telemetry, logger] in
            await review.run {
                for store in open { store.look(logger) }
                let endpoints = await telemetry.endpoints()
                missing.withLock { $0.looked(endpoints, at: .now) }
            }
        }
        let troubles = open.map { open in
            BackgroundTask("health of \(open.place)") { [review] in try await review.follow(open.store) }
        }
        let clock = BackgroundTask("clock", watchClock)
        let tasks = (background + troubles + storeTasks + [look, watch, memory, clock]).map { task in
            ServingTask { [stopSignals] in
                try await stopSignals.during(task.name) {
                    try await cancelWhenGracefulShutdown { try await task.run() }
                }
            }
        }
        var group = ServiceGroupConfiguration(
            services: (telemetryTasks + tasks + [server]).map {
                ServiceGroupConfiguration.ServiceConfiguration(service: $0)
            },
            // See StopSignals: whatever hangs here must not hang the signals.
            gracefulShutdownSignals: [], logger: logger(from: .error))
        group.maximumGracefulShutdownDuration = .nanoseconds(settings.drain.total.nanoseconds) + .milliseconds(700)
        let services = ServiceGroup(configuration: group)
        stopSignals.listen(drainNanoseconds: UInt64(settings.drain.total.nanoseconds)) {
            Task { await services.triggerGracefulShutdown() }
        }
        try await services.run()
    }

    /// What goes on beside the server for each store with a log: its verification, once, and checkpoints for elsewhere.
    private var storeTasks: [BackgroundTask] {
        stores.withLock { $0 }.filter { $0.store.logKey != nil }.flatMap { open in
            let verification = BackgroundTask("verification of \(open.place)") { [logger] in
                do {
                    if let found = try await open.store.verify(open.projection) {
                        logger.log(
                            level: found.faults.isEmpty ? .info : .error, "the store was verified",
                            metadata: [
                                "store": "\(open.place)", "entries": "\(found.entryCount)",
                                "faults": "\(found.faults.count)",
                            ])
                    }
                } catch let error as StorageError {
                    logger.error(
                        "the store could not be verified",
                        metadata: ["store": "\(open.place)", "reason": "\(error)"])
                    open.store.cannotBeRead(error)
                } catch is CancellationError {}
                // A task that ends would stop the process.
                try? await Task.sleep(for: .seconds(1_000_000_000))
            }
            let checkpoints = open.checkpoints.map { file in
                BackgroundTask("checkpoints to \(file.path)") { [logger] in
                    await file.run(appending: open.store, logger: logger)
                }
            }
            return [verification] + (checkpoints.map { [$0] } ?? [])
        }
    }

    /// A process whose admin port is taken ends: it must not have said before that it is ready.
    private func waitForAdminPort() async throws {
        guard settings.telemetry.adminPort != nil else { return }
        for await _ in adminStart.stream {}
        try Task.checkCancellation()
    }

    private struct ServingTask: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws {
            try await body()
        }
    }

    /// Started first and so stopped last: what goes on while the process drains can be seen.
    private var telemetryTasks: [ServingTask] {
        let settings = settings.telemetry
        var tasks: [ServingTask] = []
        if let port = settings.adminPort {
            let admin = telemetry.server(
                host: settings.adminHost, port: port,
                // Its end by cancellation, while a browser may be connected, is an error to it and to nobody else.
                logger: logger(from: .critical),
                maximumConnections: adminConnections.withLock { $0 },
                isRehearsal: clock.isRehearsal, health: { [health] in health.status(of: "") ?? .serving },
                onListening: { [logger, adminStart] port in
                    logger.notice(
                        "metrics and status page", metadata: ["address": "\(settings.adminHost):\(port)"])
                    adminStart.continuation.finish()
                })
            tasks.append(
                ServingTask { [self] in
                    try await withPort(
                        "admin: \(settings.adminHost):\(port)", "admin.port", "admin.host", admin.run)
                })
            tasks.append(ServingTask { [telemetry] in await cancelWhenGracefulShutdown { await telemetry.sample() } })
        }
        if let endpoint = settings.tracingEndpoint, let exporter = telemetry.exporter(to: endpoint, logger: logger) {
            tasks.append(ServingTask { await cancelWhenGracefulShutdown { await exporter.run() } })
        }
        return tasks
    }

    /// For libraries that report what this process logs itself.
    private func logger(from level: Logger.Level) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, level)
        return logger
    }
}
