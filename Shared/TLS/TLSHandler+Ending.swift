public import NIOCore

extension TLSHandler {
    /// Half closing is not offered (`operationUnsupported`): streams end by frames, and the connection as a whole.
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        switch state {
        case .idle, .handshaking, .closed:
            state = .closed
            context.close(mode: mode, promise: promise)
        case .open:
            closeOrderly(context, promise: promise)
        case .closing:
            // It closes as soon as the last bytes are out, or when the timeout is over.
            context.channel.closeFuture.cascade(to: promise)
        }
    }

    public func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is TLSAbandon else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        state = .closed
        timeout?.cancel()
        timeout = nil
        failWrites(ChannelError.ioOnClosedChannel)
        context.close(promise: promise)
    }

    /// Sends what was written, then close_notify, then closes: closing at once would drop what the socket has not
    /// taken yet.
    func closeOrderly(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        context.channel.closeFuture.cascade(to: promise)
        guard encryptStaged(context) else { return }
        state = .closing
        prepareOutput()
        connection.sayClosing(output: &output)
        schedule(context, in: closeTimeout) { _, context in context.close(promise: nil) }
        emitLast(context, then: endOutput)
    }

    /// Reports the failure, sends the alert that libssl made of it, and closes.
    func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        switch state {
        case .closing, .closed: return
        case .idle, .handshaking, .open: state = .closing
        }
        failWrites(error)
        // Told first: whatever the channel does below, this comes before `channelInactive`.
        context.fireErrorCaught(error)
        if error.code == .handshakeTimeout || error.code == .handshakeDisplaced {
            context.close(promise: nil)
            return
        }
        schedule(context, in: closeTimeout) { _, context in context.close(promise: nil) }
        emitLast(context, then: endOutput)
    }

    /// Ends the handshake for the owner's reason, at once. Without effect when it is over.
    public func endHandshake(_ error: TLSError) {
        guard let context = channelContext else { return }
        switch state {
        case .idle, .handshaking: fail(context, error)
        case .open, .closing, .closed: break
        }
    }

    /// Closing while the peer still sends makes the kernel answer with a reset, which would destroy what we said last
    /// before the peer has read it: an alert, or why the connection ends. So: our end first, then a moment for the peer's.
    private func endOutput(_ context: ChannelHandlerContext) {
        schedule(context, in: Self.lingerTimeout) { _, context in context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
    }

    private func emitLast(_ context: ChannelHandlerContext, then next: @escaping (ChannelHandlerContext) -> Void) {
        let written = context.eventLoop.makePromise(of: Void.self)
        outputPromises.append(written)
        emit(context, isFlush: true)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            if case .closing = state { next(context) }
        }
    }

    func schedule(
        _ context: ChannelHandlerContext, in delay: TimeAmount,
        _ body: @escaping (TLSHandler, ChannelHandlerContext) -> Void
    ) {
        timeout?.cancel()
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { body(self, context) }
    }
}
