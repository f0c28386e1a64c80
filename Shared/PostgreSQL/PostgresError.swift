/// Why something with a PostgreSQL database did not work.
public struct PostgresError: Error, Sendable, Hashable {
    /// What a caller can do about it. From the SQLSTATE where the server gave one (PostgreSQL's documentation,
    /// appendix A); a severity of FATAL that has no better kind is a lost connection.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// Nothing of the transaction stays, and the same again may succeed: 40001, 40P01, and 26000 (the server has
        /// forgotten what it had prepared).
        case retryTransaction
        /// The connection is gone, or could not be made: 08..., 57P01, 57P02, 57P03, an end, a reset, no answer in time.
        /// No COMMIT was under way. The connection is closed.
        case connectionLost
        /// The connection is gone, or the server itself does not know (08007, 40003), after a COMMIT was sent and before
        /// its answer came: the transaction is there, or it is not. Look before anything is tried again.
        case outcomeUnknown
        /// 53100.
        case diskFull
        /// 53300.
        case tooManyConnections
        /// 25006: a standby, or a database that was set so.
        case readOnly
        /// 28..., or a password that the server wants and nobody gave.
        case authentication
        /// 3D000.
        case missingDatabase
        /// 55P03.
        case lockNotAvailable
        /// A row with that key is there already: 23505.
        case uniqueViolation
        /// A value that another constraint refuses: the rest of 23.
        case constraintViolation
        /// COMMIT of a transaction that had failed: the server rolled it back.
        case rolledBack
        /// The library cannot be loaded or lacks functions.
        case library
        /// The address, or a file that it names, cannot be used.
        case configuration
        /// The server or the database means something else by what we say: its version, encoding or mode.
        case unsuitableServer
        /// An answer that is not what was asked for.
        case malformedAnswer
        /// A value that PostgreSQL cannot hold, or a statement too large to be sent: a fault of the caller's. Nothing was
        /// sent.
        case invalidArgument
        /// Any other error of the server's: a statement that is wrong, a division by zero.
        case other
    }

    /// What a caller can do about it.
    public var kind: Kind
    /// For a person, one line, at most ``messageBytesLimit``. May hold a value that a statement was given, as in "invalid
    /// input syntax", never a password.
    public var message: String
    /// Five characters, where the server gave them.
    public var sqlState: String?
    /// As the server says it, e.g. "ERROR", "FATAL"; untranslated where the server can.
    public var severity: String?
    /// What else the server says; for the log only, since it may hold what rows hold. At most ``detailBytesLimit``.
    public var detail: String?
    /// What the server advises. At most ``detailBytesLimit``.
    public var hint: String?
    /// Which of a pipeline's steps failed, from 0. `nil` where it was none, or the connection ended.
    public var step: Int?

    /// Of ``message``.
    public static let messageBytesLimit = 1024
    /// Of ``detail`` and ``hint``.
    public static let detailBytesLimit = 1024

    /// An error of our own, or of the server's with its SQLSTATE. Texts that are too long are cut.
    public init(
        _ kind: Kind, _ message: String, sqlState: String? = nil, severity: String? = nil, detail: String? = nil,
        hint: String? = nil
    ) {
        self.kind = kind
        self.message = message.cut(toBytes: Self.messageBytesLimit)
        self.sqlState = sqlState
        self.severity = severity
        self.detail = detail?.cut(toBytes: Self.detailBytesLimit)
        self.hint = hint?.cut(toBytes: Self.detailBytesLimit)
    }
}

extension PostgresError: CustomStringConvertible {
    /// The message and the SQLSTATE; neither detail nor hint.
    public var description: String { sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message }
}

extension PostgresError.Kind {
    /// What a SQLSTATE means, with the severity beside it: FATAL and PANIC end the connection.
    public init(sqlState: String, severity: String? = nil) {
        switch sqlState {
        case "40001", "40P01", "26000": self = .retryTransaction
        case "08007", "40003": self = .outcomeUnknown
        case "57P01", "57P02", "57P03": self = .connectionLost
        case "53100": self = .diskFull
        case "53300": self = .tooManyConnections
        case "25006": self = .readOnly
        case "3D000": self = .missingDatabase
        case "55P03": self = .lockNotAvailable
        case "23505": self = .uniqueViolation
        default:
            switch sqlState.prefix(2) {
            case "08": self = .connectionLost
            case "28": self = .authentication
            case "23": self = .constraintViolation
            default: self = severity == "FATAL" || severity == "PANIC" ? .connectionLost : .other
            }
        }
    }
}

extension String {
    /// Not more than so many bytes of UTF-8, whole characters.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let mark = "..."
        var end = utf8.index(startIndex, offsetBy: limit - mark.utf8.count)
        while String.Index(end, within: self) == nil { end = utf8.index(before: end) }
        return self[..<end] + mark
    }
}
