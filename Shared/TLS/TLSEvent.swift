/// What ``TLSHandler`` tells the handlers after it, as user inbound events.
public enum TLSEvent: Sendable, Hashable {
    /// The peer proved who it is. Comes before the first byte of it.
    ///
    /// A client gets this before the server has judged the client's certificate (RFC 8446, section 2): a refusal then
    /// arrives as ``TLSError/Code/refusedByPeer``.
    case handshakeCompleted(PeerCertificate)
    /// So many messages came that are TLS's own and carry nothing: KeyUpdate, or a server's session tickets, which nobody
    /// here uses. Each costs keys or memory; whoever hears this bounds them.
    case keysUpdated(count: Int)
    /// So many records came in one read, whatever was in them: more than ``TLSHandler/fewRecords``. Each costs as much as a
    /// frame. What was in them comes next.
    case manyRecords(count: Int)
    /// The peer ended its side with close_notify: everything it sent has arrived. The channel closes next.
    case peerClosed
    /// The peer's certificate has come to its end while connected: open calls may end, new ones belong on a connection
    /// with the peer's next certificate. After ``TLSHandler/expiryGraceSeconds`` follows ``peerRefused(_:)``.
    case peerExpired
    /// By the authorities and revocations that count now the peer would not be let in any more. Whoever hears this may
    /// say goodbye; after the event the connection is closed with this error.
    case peerRefused(TLSError)
}

/// Told to ``TLSHandler`` as a user outbound event: the channel closes at once. Nothing more is said to the peer, and what
/// its socket has not taken is gone; also when a close is under way that waits for it.
public struct TLSAbandon: Sendable {
    public init() {}
}
