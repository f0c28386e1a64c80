internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An error as operators read it. SwiftNIO names its own functions ("read(descriptor:pointer:size:)") and cases; whoever
/// looks at a log wants the system's words, and what was being done.
public enum ErrorWords {
    /// "reading: Connection reset by peer", "Connection refused", "no answer in time".
    public static func of(_ error: any Error) -> String {
        switch error {
        case let error as IOError:
            let reason = String(cString: strerror(error.errnoCode))
            return operation(error).map { "\($0): \(reason)" } ?? reason
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map { of($0.error) }
            let lookups = [error.dnsAError, error.dnsAAAAError].compactMap { $0 }.map(of)
            return (causes.isEmpty ? lookups : causes).joined(separator: ", ")
        case let error as SocketAddressError.UnknownHost: return "\(error.host): \(error.errorDescription)"
        case let error as ChannelError: return words(error)
        default: return "\(error)"
        }
    }

    /// What the system was asked for; `nil` for what goes without saying, and where it is not known.
    private static func operation(_ error: IOError) -> String? {
        // The name of the function that failed, with its parameters' names.
        switch error.description.prefix(while: { $0.isLetter }) {
        case "read", "recv", "recvmsg", "recvmmsg", "recvfrom": "reading"
        case "write", "writev", "send", "sendmsg", "sendmmsg", "sendto", "sendfile": "writing"
        case "accept", "accept4": "accepting"
        case "bind": "taking the address"
        case "listen": "listening"
        case "socket": "opening a socket"
        case "setsockopt", "getsockopt", "fcntl": "setting the socket up"
        case "shutdown", "close": "closing"
        default: nil
        }
    }

    private static func words(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "no answer in time"
        case .eof: "the peer closed the connection"
        case .ioOnClosedChannel, .alreadyClosed, .inputClosed, .outputClosed: "the connection is closed"
        default: "the connection failed (\(error))"
        }
    }
}
