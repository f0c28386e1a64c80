internal import Hummingbird
public import Logging
public import NIOCore

/// What operations ask a process over plain HTTP, on a port of its own: never reachable for callers.
public struct AdminServer: Sendable {
    private let application: Application<RouterResponder<BasicRequestContext>>

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - isReady: whether the process serves calls now.
    public init(
        host: String, port: Int, group: any EventLoopGroup, logger: Logger, isReady: @escaping @Sendable () -> Bool
    ) {
        let router = Router()
        router.get("healthz") { _, _ -> HTTPResponse.Status in isReady() ? .ok : .serviceUnavailable }
        application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    /// Serves until the task is cancelled or the process is told to stop.
    public func run() async throws {
        try await application.runService()
    }
}
