internal import NIOCore

extension TLSHandler {
    /// How long open calls may go on after the peer's certificate has ended.
    public static let expiryGraceSeconds: Int64 = 60

    /// Judges the peer anew: its end date by the clock, and with `verifiesChain` also its authority and revocation by
    /// what `newest` holds. Nothing happens to one that may stay.
    func reviewPeer(by newest: TLSContext, verifiesChain: Bool, nowUnixSeconds: Int64) {
        guard case .open = state, let context = channelContext, let certificate = connection.peerCertificate else {
            return
        }
        if verifiesChain, let error = connection.verifyPeerAgain(by: newest) {
            refusePeer(context, error)
            return
        }
        releaseIdleMemory()
        guard nowUnixSeconds > certificate.notAfterUnixSeconds else { return }
        if nowUnixSeconds > certificate.notAfterUnixSeconds + Self.expiryGraceSeconds {
            refusePeer(
                context,
                TLSError(
                    .certificateExpired,
                    "certificate of \(certificate) expired on \(certificate.notAfterText) while it was connected; "
                        + "it may come back with a new one (`qmctl pki renew`)"))
        } else if !isExpiryTold {
            isExpiryTold = true
            context.fireUserInboundEventTriggered(TLSEvent.peerExpired)
        }
    }

    /// Of thousands of connections most are silent at any time: one that was so since the last review keeps no buffers.
    private func releaseIdleMemory() {
        guard !isBusy else {
            isBusy = false
            return
        }
        connection.releaseBuffers()
        if staged.readableBytes == 0 { staged = ByteBuffer() }
        if !isUnsent, isOutputHandedOn || output.readableBytes == 0 {
            isOutputHandedOn = false
            output = ByteBuffer()
        }
        received = ByteBuffer()
    }

    private func refusePeer(_ context: ChannelHandlerContext, _ error: TLSError) {
        context.fireUserInboundEventTriggered(TLSEvent.peerRefused(error))
        if case .open = state { fail(context, error) }
    }
}
