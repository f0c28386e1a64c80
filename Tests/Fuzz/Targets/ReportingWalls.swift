internal import ConsoleFiles
internal import MessageRuntime
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages

enum FormWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? RegistryV1.FormDefinition.decode(bytes),
            let form = try? FormDefinition(message)
        else { return }
        _ = form.problems()
        // The domain value says what the message said.
        precondition((try? FormDefinition(RegistryV1.FormDefinition(form))) == form)
    }
}

enum ReceiptWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let bytes = Array(bytes)
        if let report = AcceptedReport(statement: bytes) {
            precondition(report.statement == bytes, "a statement has two encodings")
        }
        if let receipt = try? Receipt(encoded: bytes) {
            precondition((try? TypeV1.Receipt(receipt).encodedBytes()) == bytes, "a receipt has two encodings")
        }
    }
}

enum ReportFileWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let kind = bytes.first else { return }
        let content = Array(bytes.dropFirst())
        switch kind % 3 {
        case 0: _ = try? ReportDraft.drafts(csv: content, file: "fuzz.csv", defaults: DraftDefaults())
        case 1: _ = try? ReportDraft.drafts(json: content, file: "fuzz.json", defaults: DraftDefaults())
        default: _ = try? CampaignFile.read(content, name: "fuzz.yaml")
        }
    }
}
