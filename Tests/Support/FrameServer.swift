internal import NIOCore
internal import NIOPosix
internal import Synchronization
package import TLS
package import Wire

/// A server whose every connection is played by a script.
package final class FrameServer: Sendable {
    private struct State {
        var listening: (any Channel)?
        var peers: [FramePeer] = []
        var scripts: [Task<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Listens on 127.0.0.1. `script` runs for each connection, whose handshake has just begun; it is handed the peer
    /// and the connection's number, from 0. When it returns the connection stays as it is.
    package init(
        port: Int = 0, tls: TLSContext, script: @escaping @Sendable (FramePeer, Int) async -> Void
    ) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let peer = try FramePeer.accepted(channel, tls: tls)
                    self.state.withLock { state in
                        let number = state.peers.count
                        state.peers.append(peer)
                        state.scripts.append(Task { await script(peer, number) })
                    }
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { $0.listening = channel }
    }

    package var port: Int { state.withLock { $0.listening?.localAddress?.port ?? 0 } }

    /// Connections so far.
    package var connectionCount: Int { state.withLock { $0.peers.count } }

    package func stop() async {
        let (listening, peers, scripts) = state.withLock { ($0.listening, $0.peers, $0.scripts) }
        try? await listening?.close()
        for peer in peers { await peer.abandon() }
        for script in scripts {
            script.cancel()
            await script.value
        }
    }
}

extension FramePeer {
    /// What a well-behaved server does until the connection ends: `answer` for each CALL, in turn.
    package func serve(
        _ limits: ConnectionLimits = ConnectionLimits(), _ answer: (FramePeer, RawFrame) async -> Void
    ) async {
        guard await greet(limits) != nil else { return }
        while let frame = await next() {
            if frame.type == FrameType.call.rawValue { await answer(self, frame) }
        }
    }
}
