internal import Journal
package import Messages
package import RPC
internal import Storage
internal import Wire

extension LogCursor {
    package var message: TypeV1.Cursor { TypeV1.Cursor(epoch: epoch.bytes, size: size) }

    /// From a request. INVALID_ARGUMENT when the epoch has the wrong length.
    package init(_ message: TypeV1.Cursor) throws(RPCError) {
        guard let epoch = JournalEpoch(message.epoch) else {
            throw RPCError(
                .invalidArgument, "cursor: an epoch has \(JournalEpoch.byteCount) bytes: send back what Follow sent")
        }
        self.init(epoch: epoch, size: message.size)
    }
}

extension FollowedLog {
    /// Where to go on.
    var message: TypeV1.Cursor {
        TypeV1.Cursor(epoch: epoch.bytes, size: frontier.size, root: frontier.root(journalSHA256).bytes)
    }
}

extension JournalEntry {
    var message: TypeV1.JournalEntry {
        TypeV1.JournalEntry(sealedUnixUs: sealedUnixMicroseconds, kind: kind, statement: statement, body: body)
    }

    init(_ message: TypeV1.JournalEntry, index: UInt64) {
        self.init(
            index: index, sealedUnixMicroseconds: message.sealedUnixUs, kind: message.kind,
            statement: message.statement, body: message.body)
    }
}
