public import Logging
public import NIOCore
public import RPC
public import TLS
internal import Telemetry

/// Serves the methods of a router over TLS.
public struct RPCServer: Sendable {
    private let listener: Listener

    public static func make(
        _ configuration: ListenerConfiguration, router: Router, callers: CallerPolicy = CallerPolicy(),
        tls: any TLSContextProvider, loops: ConnectionLoops, logger: Logger
    ) async throws -> RPCServer {
        RPCServer(
            listener: try await Listener.make(configuration, tls: tls, loops: loops, logger: logger) { loop in
                for handler in router.allHandlers {
                    loop.telemetry.statistics.methods.register(handler.descriptor.path)
                }
                return RouterAcceptor(router: router, policy: callers)
            })
    }

    /// Binds and begins to accept; returns the endpoint. Throws the system's error.
    public func start() async throws -> Endpoint {
        try await listener.start()
    }

    /// See ``Listener/drain(_:)``.
    public func drain(_ times: DrainTimes) async {
        await listener.drain(times)
    }

    /// The same with the usual time for calls without a deadline.
    public func drain(grace: TimeAmount) async {
        await listener.drain(grace: grace)
    }
}
