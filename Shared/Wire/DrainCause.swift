/// Why a server takes no more calls on a connection, for metrics and the log.
public enum DrainCause: String, Sendable, Hashable, CaseIterable {
    /// The process stops.
    case process
    /// The connection has grown old.
    case age
    /// No call was open for long.
    case idle
    /// No call was open, and another peer needed its place.
    case gaveWay = "gave_way"
    /// Its stream ids are used up.
    case streamIDs = "stream_ids"
    /// The peer's certificate has ended.
    case certificate
}
