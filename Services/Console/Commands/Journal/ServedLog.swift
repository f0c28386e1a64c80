internal import ArgumentParser
internal import Journal
internal import Messages
internal import RPC
internal import Reporting

/// The services that have a journal.
enum JournalName: String, ExpressibleByArgument, CaseIterable, Sendable {
    case submission, registry

    /// As a message begins.
    var words: String { "journal of \(rawValue)" }
}

/// The head of a log, whose signature holds.
struct LogHead {
    let signed: SignedCheckpoint
    let trust: LogTrust

    var size: UInt64 { signed.checkpoint.size }

    /// What was checked.
    var words: String {
        let trusted = trust.isPinned ? "signed by the key given" : "signed by the key that the service names"
        return "\(trust.origin): \(size) entries, \(trusted)"
    }
}

/// A service's log, through the gateway: it is asked for heads, proofs and tiles, and nothing that it says is believed
/// before it has been checked.
struct ServedLog: Sendable {
    let journal: JournalName
    /// Those that were given; with none the service's word is taken.
    let keys: [ReceiptKey]
    let transport: any ClientTransport
    let options: CallOptions

    private typealias Submission = SubmissionV1.SubmissionService.Methods
    private typealias Registry = RegistryV1.RegistryService.Methods

    /// The key that the service names.
    func namedKey() async throws(CommandFailure) -> NoteKey {
        try namedKey(try await newest().key)
    }

    /// Reads a key as the service names it.
    func namedKey(_ text: String) throws(CommandFailure) -> NoteKey {
        do throws(NoteKey.Fault) {
            return try NoteKey(text: text, Receipt.sha256)
        } catch {
            throw fault("the key that the service names: \(error)")
        }
    }

    /// The newest head. With a checkpoint that was kept, also proved to go on from it.
    func head(since older: KeptCheckpoint? = nil) async throws(CommandFailure) -> LogHead {
        let newest = try await newest()
        guard !newest.checkpoint.isEmpty else { throw empty(since: older) }
        let head = try head(newest.checkpoint, told: try namedKey(newest.key))
        if let older { try await check(head, goesOnFrom: older) }
        return head
    }

    /// Throws unless the log begins with what an older checkpoint covers.
    func check(_ head: LogHead, goesOnFrom older: KeptCheckpoint) async throws(CommandFailure) {
        try older.check(head.trust, size: head.size)
        let proof = ConsistencyProof(
            oldSize: older.size, newSize: head.size, path: try await consistencyPath(from: older.size, to: head))
        switch proof.fault(oldRoot: older.signed.checkpoint.root, newRoot: head.signed.checkpoint.root, Receipt.sha256)
        {
        case nil: return
        case .wrongLength?: throw fault("the proof that the log goes on from \(older.file) is no such proof")
        case .inconsistent?, .shrinks?: throw older.secondHistory
        }
    }

    /// Reads a note and checks it.
    func head(_ note: String, told: NoteKey) throws(CommandFailure) -> LogHead {
        let signed: SignedCheckpoint
        do throws(SignedCheckpoint.Malformed) {
            signed = try SignedCheckpoint(parsing: Array(note.utf8))
        } catch {
            throw fault("what came is no checkpoint: \(error)")
        }
        let trust = try LogTrust(journal, origin: signed.checkpoint.origin, pinned: keys, told: told)
        try trust.check(signed, from: journal.words)
        return LogHead(signed: signed, trust: trust)
    }

    /// The hashes of tiles, as they come.
    func tiles(_ run: LogTileRun, _ epoch: JournalEpoch) async throws(CommandFailure) -> [UInt8] {
        let request = TypeV1.GetHashTilesRequest(
            epoch: epoch.bytes, tileLevel: UInt32(run.first.level), tileIndex: run.first.index,
            hashCount: UInt32(run.hashCount))
        let methods = (Submission.getHashTiles, Registry.getHashTiles)
        return try await call(methods, request, returning: TypeV1.GetHashTilesResponse.self).hashes
    }

    /// All entries, however long it takes.
    func follow() async throws(RPCError) -> ResponseStream<TypeV1.FollowResponse> {
        let request = TypeV1.FollowRequest(stopAtEnd: true)
        switch journal {
        case .submission: return try await SubmissionV1.SubmissionServiceClient(transport).follow(request)
        case .registry: return try await RegistryV1.RegistryServiceClient(transport).follow(request)
        }
    }

    /// What is wrong, of this log.
    func fault(_ words: String) -> CommandFailure { CommandFailure(.refused, "\(journal.words): \(words)") }

    /// A log without entries has no checkpoint.
    func empty(since older: KeptCheckpoint?) -> CommandFailure {
        guard let older, older.size > 0 else { return fault("the log has no entries yet, so nothing is signed") }
        return CommandFailure(
            .refused, "\(older.file): it covers \(older.size) entries, and the log has none: a shorter tree")
    }

    private func newest() async throws(CommandFailure) -> TypeV1.GetCheckpointResponse {
        try await call(
            (Submission.getCheckpoint, Registry.getCheckpoint), TypeV1.GetCheckpointRequest(),
            returning: TypeV1.GetCheckpointResponse.self)
    }

    private func consistencyPath(
        from oldSize: UInt64, to head: LogHead
    ) async throws(CommandFailure) -> [JournalHash] {
        let request = TypeV1.GetConsistencyProofRequest(
            epoch: head.trust.epoch.bytes, oldSize: oldSize, newSize: head.size)
        let methods = (Submission.getConsistencyProof, Registry.getConsistencyProof)
        let path = try await call(methods, request, returning: TypeV1.GetConsistencyProofResponse.self).path
        let hashes = path.compactMap { JournalHash($0) }
        guard hashes.count == path.count else {
            throw fault("a hash of the proof has not \(JournalHash.byteCount) bytes")
        }
        return hashes
    }

    private func call<Request: Message, Response: Message>(
        _ methods: (submission: MethodDescriptor, registry: MethodDescriptor), _ request: Request,
        returning: Response.Type
    ) async throws(CommandFailure) -> Response {
        let method = journal == .submission ? methods.submission : methods.registry
        do throws(RPCError) {
            return try await transport.unary(method, request, returning: returning, options: options)
        } catch {
            throw CommandFailure(error, doing: journal.words)
        }
    }
}
