internal import ArgumentParser
internal import Cryptography
internal import Journal
internal import MessageJSON
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages

struct ReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "Prove that a report was accepted, and when.",
        subcommands: [ReceiptVerifyCommand.self, ReceiptKeyCommand.self, ReceiptExportCommand.self])
}

struct ReceiptKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Fetch the public key that receipts are verified against.",
        discussion: """
            Fetch it once, over a connection you trust, and keep it; later receipts verify without any connection. With \
            --note it is written as tools for signed notes know it (C2SP), under the name of the log as it is now.

            Examples:
              qmctl receipt key > receipt-key.hex
              qmctl receipt key --note > receipt-key.vkey
            """)

    @Flag(help: "As a verifier key, NAME+HASH+KEY.") var note = false
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = SubmissionV1.SubmissionServiceClient(try await environment.connect(gateway))
        let response: SubmissionV1.GetReceiptKeyResponse
        do throws(RPCError) {
            response = try await client.getReceiptKey(
                SubmissionV1.GetReceiptKeyRequest(), options: gateway.callOptions)
        } catch {
            throw CommandFailure(error, doing: "receipt key")
        }
        try environment.print(note ? response.verifierKey : Hexadecimal.written(response.publicKey))
    }
}

struct ReceiptVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check receipts offline.",
        discussion: """
            The facts of the receipt are hashed up to the root in its checkpoint, whose signature is checked with the \
            service's public key. Nothing is asked over the network. Exit code 1 when a receipt does not hold. A receipt of \
            an earlier epoch, from before the service's store was put back to an earlier state, holds like any other; whether \
            its report is still there, the unit's inbox says, and report get.

            Examples:
              qmctl receipt verify receipts --key receipt-key.hex
              qmctl receipt verify one.receipt.json --key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
            """)

    @Argument(help: "Receipts, or directories of them, as report push --receipts and report get --receipt keep them.")
    var files: [String]
    @Option(
        help: ArgumentHelp(
            "The service's public key: 64 hexadecimal digits, or a file with them or with a verifier key (receipt key).",
            valueName: "hex|file"))
    var key: String

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let key = try ReceiptKey(option: key)
        var table = TextTable([
            .init("receipt"), .init("holds"), .init("unit"), .init("form"), .init("version", .right),
            .init("timeliness"), .init("sealed (Asia/Shanghai)"), .init("epoch"),
        ])
        var allHold = true
        let receipts = try ConsoleEnvironment.receipts(at: files)
        guard !receipts.isEmpty else {
            throw CommandFailure(.input, "\(files.joined(separator: ", ")): no receipt in it")
        }
        for file in receipts {
            let message: TypeV1.Receipt
            let receipt: Receipt
            do throws(CommandFailure) {
                message = try TypeV1.Receipt(file: file)
                receipt = try Receipt(message, file: file)
            } catch {
                // One that cannot be read says nothing of the others.
                allHold = false
                table.append([file, "NO: \(error.message)", "", "", "", "", "", ""])
                continue
            }
            let fault = receipt.fault(key)
            allHold = allHold && fault == nil
            table.append([
                file, fault.map { "NO: \($0.words)" } ?? "yes", receipt.report.reportingUnit, receipt.report.form,
                String(receipt.report.reportVersion),
                message.timeliness.words + (message.correctedLate ? ", corrected late" : ""),
                shanghaiTime(receipt.sealedUnixMicroseconds), key.words(of: receipt.epoch),
            ])
        }
        try environment.print(table.written)
        guard allHold else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }
}

/// What receipts and checkpoints are checked against.
struct ReceiptKey {
    let key: VerifyingKey
    /// The log that they must be of; `nil`: of any.
    let log: String?

    /// Whether a checkpoint of the log `origin` is one of this log, in whatever epoch.
    func isOf(_ origin: String) -> Bool {
        guard let log else { return true }
        let (known, found) = (log.split(separator: "/"), origin.split(separator: "/"))
        return log == origin || LogOrigin.epoch(of: origin) != nil && known.dropLast() == found.dropLast()
    }

    /// The epoch as people compare it, and whether it is another one than the log's that the key was fetched of.
    func words(of epoch: JournalEpoch) -> String {
        let digits = String(Hexadecimal.written(epoch.bytes).prefix(8))
        let isOther = log.flatMap(LogOrigin.epoch(of:)).map { $0 != epoch } ?? false
        return isOther ? "\(digits), not the key's" : digits
    }

    init(key: VerifyingKey, log: String?) {
        self.key = key
        self.log = log
    }

    /// As `--key` has it: digits, or a file with them or with a verifier key.
    init(option: String) throws(CommandFailure) {
        let isDigits = option.utf8.count == 2 * VerifyingKey.rawBytes && Hexadecimal.bytes(option) != nil
        let text = isDigits ? option : String(decoding: try ConsoleEnvironment.contents(of: option), as: UTF8.self)
        let word = text.filter { !$0.isWhitespace }
        if let note = try? NoteKey(text: word, Receipt.sha256),
            let key = try? VerifyingKey(rawRepresentation: note.publicKey)
        {
            self.init(key: key, log: note.name)
        } else if let bytes = Hexadecimal.bytes(word), let key = try? VerifyingKey(rawRepresentation: bytes) {
            self.init(key: key, log: nil)
        } else {
            throw CommandFailure(
                .input,
                "--key \(option): no Ed25519 public key of \(2 * VerifyingKey.rawBytes) hexadecimal digits, and no verifier "
                    + "key; qmctl receipt key and qmctl journal key fetch it")
        }
    }
}

struct ReceiptExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write receipts as tlog-proofs, which other programs check.",
        discussion: """
            Each receipt becomes NAME.tlog-proof (C2SP): the entry, its place, the path and the signed checkpoint. \
            Whoever has the log's key (receipt key --note) can check it with tools that are not ours.

            Example:
              qmctl receipt export receipts --tlog-proof proofs
            """)

    @Argument(help: "Receipts, or directories of them, as report push --receipts and report get --receipt keep them.")
    var files: [String]
    @Option(help: ArgumentHelp("The directory for the proofs; it is made if it is not there.", valueName: "directory"))
    var tlogProof: String

    func run() async throws {
        let receipts = try ConsoleEnvironment.receipts(at: files)
        guard !receipts.isEmpty else {
            throw CommandFailure(.input, "\(files.joined(separator: ", ")): no receipt in it")
        }
        try ConsoleEnvironment.makeDirectory(tlogProof)
        for file in receipts {
            let message = try TypeV1.Receipt(file: file)
            let receipt = try Receipt(message, file: file)
            guard LogOrigin.epoch(of: receipt.proof.checkpoint.checkpoint.origin) == receipt.epoch else {
                throw CommandFailure(
                    .input, "\(file): its checkpoint is of another log than its epoch's: it was changed")
            }
            try ConsoleEnvironment.write(Array(receipt.proof.text.utf8), to: "\(tlogProof)/\(message.proofFileName)")
        }
        try ConsoleEnvironment.current.print("\(receipts.count) written to \(tlogProof)")
    }
}

extension TypeV1.Receipt {
    /// Reads a kept receipt: JSON, or the encoded message as a program may have kept it.
    init(file: String) throws(CommandFailure) {
        let bytes = try ConsoleEnvironment.contents(of: file)
        if bytes.first == UInt8(ascii: "{") {
            do throws(TextError) {
                try self.init(json: try JSONValue(parsing: bytes))
            } catch {
                throw CommandFailure(error, file: file)
            }
        } else {
            do throws(TranslationError) {
                // Only one encoding counts.
                _ = try Receipt(encoded: bytes)
                self = (try? Self.decode(bytes)) ?? Self()
            } catch {
                throw CommandFailure(.input, "\(file): no receipt: \(error)")
            }
        }
    }
}

extension Receipt {
    /// The receipt that was kept in `file`.
    init(_ message: TypeV1.Receipt, file: String) throws(CommandFailure) {
        do throws(TranslationError) {
            try self.init(message)
        } catch {
            throw CommandFailure(.input, "\(file): no receipt: \(error)")
        }
    }

    /// What is wrong with the receipt, by the service's key; `nil` when it holds.
    func fault(_ key: ReceiptKey) -> Fault? {
        let origin = proof.checkpoint.checkpoint.origin
        guard key.isOf(origin) else { return .otherLog(origin) }
        return fault(publicKey: key.key.rawRepresentation, Self.sha256) { _, signature, text in
            key.key.isValid(signature: signature, for: text)
        }
    }

    static let sha256: JournalHashFunction = { bytes in
        JournalHash { SHA256.hash(bytes, into: $0) }
    }
}

extension Receipt.Fault {
    fileprivate var words: String {
        switch self {
        case .otherLog(let origin): "its checkpoint is of another log: \(origin)"
        case .proof(.checkpoint(.note(.noKnownKey))): "signed with another key"
        case .proof(.checkpoint): "the checkpoint's signature is not the service's"
        case .proof(.inclusion): "the facts do not lead to the signed root: something in it was changed"
        case .proof(let fault): fault.description
        }
    }
}
