internal import ConsoleFiles
internal import MessageJSON
internal import RPC
internal import Wire

/// Why a command ends without success: one line for a person that names the thing, the place and the remedy, and the
/// exit code that a script tests.
struct CommandFailure: Error, Equatable {
    enum Kind: Int32 {
        /// Everything reached the service; it refused some or all of it.
        case refused = 1
        /// The command line, a file or a certificate is not right; nothing was sent.
        case input = 2
        /// The gateway or a service cannot be reached or does not answer now: the same command may be tried again.
        case unreachable = 3
        /// It was done, but what came of it cannot be written here: to the standard output, or a receipt to its file.
        case output = 4
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A call's status, with what it was about.
    init(_ error: RPCError, doing what: String) {
        switch error.code {
        case .unavailable, .deadlineExceeded, .resourceExhausted:
            self.init(.unreachable, "\(what): \(error)")
        default:
            self.init(.refused, "\(what): \(error)")
        }
    }

    init(_ error: TextError, file: String) {
        self.init(.input, "\(SourcePlace(file: file, line: error.line)): \(error.message)")
    }
}
