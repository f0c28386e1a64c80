internal import NIOCore
internal import Wire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Stands between a listening socket and SwiftNIO's own handlers: counts what is accepted, and holds the next request back
/// while there is no room. An error of `accept` goes no further. SwiftNIO 2.101 leaves the socket registered after one, so
/// that the loop comes back to it without a pause for as long as it lasts (its AcceptBackoffHandler waits for a request
/// that then never comes), and says nothing.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    /// Connections that one request may bring: `maxMessagesPerRead` of the listening socket.
    static let mostAtOnce = 4

    private var gate = AcceptGate()
    /// The socket was taken out of its loop's sight.
    private var isBlind = false
    private let descriptors: DescriptorAllowance
    private let log: ConnectionLog

    init(_ descriptors: DescriptorAllowance, _ log: ConnectionLog) {
        self.descriptors = descriptors
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let accepted = unwrapInboundIn(data)
        descriptors.takeOpened()
        accepted.closeFuture.whenComplete { [descriptors] _ in descriptors.giveBack() }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let hasRoom = descriptors.hasRoom(Self.mostAtOnce) {
            bound.eventLoop.execute {
                let (handler, context) = bound.value
                handler.act(on: handler.gate.roomMade(), context)
            }
        }
        switch gate.requested(hasRoom: hasRoom) {
        case .accept where isBlind: setBlind(false, context)
        case .accept: context.read()
        case .hold(begins: let cause): if let cause { log.acceptPaused(cause) }
        }
    }

    /// To see again is to read, too.
    private func setBlind(_ isBlind: Bool, _ context: ChannelHandlerContext) {
        self.isBlind = isBlind
        try? context.channel.syncOptions?.setOption(.autoRead, value: !isBlind)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        // Whatever else it is was wrong with one connection that is no more.
        guard let cause = AcceptGate.Cause(errorNumber: error.errnoCode) else { return }
        switch gate.refused(cause, at: .now) {
        case .pause(let until, begins: let news):
            if let news { log.acceptPaused(news) }
            setBlind(true, context)
            context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
                deadline: .uptimeNanoseconds(until.nanoseconds)
            ) { self.act(on: self.gate.pauseOver(at: .now), context) }
        }
    }

    private func act(on resumption: AcceptGate.OnResume, _ context: ChannelHandlerContext) {
        switch resumption {
        case .accept(let asks):
            log.acceptResumed()
            // A handler that was taken out meanwhile reads for nobody.
            if asks, context.channel.isActive { read(context: context) }
        case .ignore: break
        }
    }
}

extension AcceptGate.Cause {
    /// `nil` for an error that says nothing about the next connection.
    init?(errorNumber: Int32) {
        switch errorNumber {
        case EMFILE: self = .processDescriptors
        case ENFILE: self = .systemDescriptors
        case ENOBUFS, ENOMEM: self = .memory
        default: return nil
        }
    }
}
