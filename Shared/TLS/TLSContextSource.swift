internal import NIOCore
internal import Synchronization

/// Gives each new connection the context that counts now: one that never changes (a ``TLSContext`` itself), or a
/// ``TLSContextSource``.
public protocol TLSContextProvider: Sendable {
    var current: TLSContext { get }
    /// Where connections hear of newer contexts, if there can be any.
    var source: TLSContextSource? { get }
}

extension TLSContext: TLSContextProvider {
    public var current: TLSContext { self }
    public var source: TLSContextSource? { nil }
}

/// A context that can be replaced while connections are open. New connections take the newest; those that are open go
/// on with the one they began with, except where its successor would not let their peer in any more.
public final class TLSContextSource: TLSContextProvider {
    /// Chains judged in one go: at about 0.1 ms each a loop is held up for a few milliseconds at most.
    private static let chainsInOneGo = 32

    private let state: Mutex<State>
    let onPeer: @Sendable (PeerCertificate) -> Void

    private struct State {
        var context: TLSContext
        var lanes: [ObjectIdentifier: Lane] = [:]
    }

    /// The connections of one event loop.
    private struct Lane {
        let eventLoop: any EventLoop
        let handlers: NIOLoopBoundBox<[ObjectIdentifier: TLSHandler]>
    }

    /// - Parameter onPeer: hears, on a connection's loop, of each peer that was let in.
    public init(_ context: TLSContext, onPeer: @escaping @Sendable (PeerCertificate) -> Void = { _ in }) {
        state = Mutex(State(context: context))
        self.onPeer = onPeer
    }

    public var current: TLSContext { state.withLock { $0.context } }
    public var source: TLSContextSource? { self }

    // MARK: Connections

    func add(_ handler: TLSHandler, on eventLoop: any EventLoop) {
        lane(of: eventLoop).handlers.value[ObjectIdentifier(handler)] = handler
    }

    func remove(_ handler: TLSHandler, on eventLoop: any EventLoop) {
        lane(of: eventLoop).handlers.value[ObjectIdentifier(handler)] = nil
    }

    private func lane(of eventLoop: any EventLoop) -> Lane {
        state.withLock { state in
            if let lane = state.lanes[ObjectIdentifier(eventLoop)] { return lane }
            let lane = Lane(eventLoop: eventLoop, handlers: NIOLoopBoundBox([:], eventLoop: eventLoop))
            state.lanes[ObjectIdentifier(eventLoop)] = lane
            return lane
        }
    }

    // MARK: News

    /// New connections take `context` from now on. With `isTrustChanged` (other authorities, revocations or another trust domain of our own) every open
    /// connection's peer is judged by it at once; who fails is cut.
    public func replace(with context: TLSContext, isTrustChanged: Bool, nowUnixSeconds: Int64) {
        state.withLock { $0.context = context }
        review(verifiesChain: isTrustChanged, nowUnixSeconds)
    }

    /// Sees to the peers whose certificate has ended since the last time.
    public func reviewPeers(nowUnixSeconds: Int64) {
        review(verifiesChain: false, nowUnixSeconds)
    }

    private func review(verifiesChain: Bool, _ nowUnixSeconds: Int64) {
        let (context, lanes) = state.withLock { ($0.context, Array($0.lanes.values)) }
        for lane in lanes {
            lane.eventLoop.execute {
                let handlers = NIOLoopBound(Array(lane.handlers.value.values)[...], eventLoop: lane.eventLoop)
                Self.review(handlers, on: lane.eventLoop, by: context, verifiesChain: verifiesChain, nowUnixSeconds)
            }
        }
    }

    private static func review(
        _ handlers: NIOLoopBound<ArraySlice<TLSHandler>>, on eventLoop: any EventLoop, by context: TLSContext,
        verifiesChain: Bool, _ nowUnixSeconds: Int64
    ) {
        let count = verifiesChain ? chainsInOneGo : .max
        for handler in handlers.value.prefix(count) {
            handler.reviewPeer(by: context, verifiesChain: verifiesChain, nowUnixSeconds: nowUnixSeconds)
        }
        let rest = NIOLoopBound(handlers.value.dropFirst(count), eventLoop: eventLoop)
        guard !rest.value.isEmpty else { return }
        eventLoop.execute {
            review(rest, on: eventLoop, by: context, verifiesChain: verifiesChain, nowUnixSeconds)
        }
    }
}
