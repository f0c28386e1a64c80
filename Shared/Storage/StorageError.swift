/// How storage failed. Each driver translates its database's own codes into these.
public struct StorageError: Error, Sendable, Hashable {
    public enum Code: Sendable, Hashable {
        /// A row with that key is there already.
        case conflict
        /// A value that a table's constraints refuse: a null, a reference to nothing.
        case constraint
        /// What a row holds is not what the code reads from it.
        case malformedData
        /// The SQL is wrong for this schema: a bug of ours.
        case badStatement
        /// Another process holds the database for longer than we wait.
        case busy
        /// The database cannot be reached, or takes no writes now: nothing was done, later it may go.
        case unreachable
        /// The database was lost while it committed, and it could not be learnt whether it did: what was written is there,
        /// or it is not.
        case outcomeUnknown
        /// Too many writes are waiting: nothing was done, later it may go.
        case overloaded
        /// The disk is full.
        case full
        /// Reading or writing the disk failed. After a failed commit the store takes no more writes until it is opened
        /// again, since nobody knows what reached the disk.
        case ioFailure
        /// The file is not a database, or damaged.
        case damaged
        /// The store cannot be opened: no such directory, no permission.
        case cannotOpen
        /// Another process, or another part of this one, has the store open.
        case alreadyOpen
        /// The store belongs to another service, or was made with other settings, or by a newer program.
        case mismatch
        /// A cursor that is not of this journal's history. The follower must rebuild.
        case cursorOfAnotherHistory
        /// The journal does not verify.
        case journalBroken
        /// The store was closed.
        case closed
        /// What a write would append to the journal is larger than an entry may be: ``Journal/JournalEntry/maximumBytes``.
        case entryTooLarge
        /// The group commit failed for a reason outside the database: no signature.
        case notSealed
        /// Nothing is written at present, for a reason that the message names: ``Store/hold(_:_:)``.
        case held
    }

    public var code: Code
    /// For a person. Of errors at opening it names the store's path, for the operator; else it names no path, no SQL
    /// and no value, and may be shown to a client.
    public var message: String
    /// What the database itself said; for the log only.
    public var detail: String

    public init(_ code: Code, _ message: String, detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String { detail.isEmpty ? message : "\(message) (\(detail))" }
}

extension StorageError {
    /// What one write brings about by itself, whatever shares its group commit.
    var isOfOneWrite: Bool {
        switch code {
        case .conflict, .constraint, .malformedData, .badStatement, .entryTooLarge: true
        case .busy, .unreachable, .outcomeUnknown, .overloaded, .full, .ioFailure, .damaged, .cannotOpen, .alreadyOpen,
            .mismatch,
            .cursorOfAnotherHistory, .journalBroken, .closed, .notSealed, .held:
            false
        }
    }
}
