package import Journal

/// A refusal of a report, as its unit's inbox tells of it. Two that are equal are one message there, whichever pushes they
/// refused.
public struct RejectedReport: Sendable, Hashable {
    /// The digest of the content that was refused, 32 bytes; empty when there was none to be made.
    public var digest: [UInt8]
    /// A status code of the wire, e.g. 3 for INVALID_ARGUMENT.
    public var code: UInt32
    /// What the refusal said.
    public var message: String
    public var findings: [Finding]

    public init(digest: [UInt8], code: UInt32, message: String, findings: [Finding]) {
        self.digest = digest
        self.code = code
        self.message = message
        self.findings = findings
    }

    /// SHA-256 of all that tells it from other refusals of its unit.
    package func identity(campaign: String, form: String, _ sha256: JournalHashFunction) -> JournalHash {
        var encoding = JournalEncoding(capacityBytes: 256)
        encoding.append(tag: "quality refusal 1")
        encoding.append(campaign)
        encoding.append(form)
        encode(&encoding)
        return encoding.bytes.withUnsafeBytes { sha256($0) }
    }

    /// One encoding for one refusal.
    package func encode(_ encoding: inout JournalEncoding) {
        encoding.append(digest)
        encoding.append(code)
        encoding.append(message)
        encoding.append(findings: findings)
    }

    /// Reads what ``encode(_:)`` wrote; `nil` for anything else.
    package init?(_ reader: inout CanonicalReader) {
        guard let digest = reader.sizedBytes(), let code = reader.integer(UInt32.self), let message = reader.text(),
            let findings = reader.findings()
        else { return nil }
        self.init(digest: digest, code: code, message: message, findings: findings)
    }
}

extension JournalEncoding {
    package mutating func append(findings: [Finding]) {
        append(UInt32(findings.count))
        for finding in findings {
            append(finding.pointer)
            append(finding.rule)
            append(finding.severity.encodedCode)
            append(finding.message)
        }
    }
}

extension CanonicalReader {
    package mutating func sizedBytes() -> [UInt8]? {
        guard let count = integer(UInt32.self), let bytes = bytes(Int(count)) else { return nil }
        return Array(bytes)
    }

    package mutating func findings() -> [Finding]? {
        guard let count = integer(UInt32.self) else { return nil }
        var findings: [Finding] = []
        for _ in 0..<count {
            guard let pointer = text(), let rule = text(),
                let severity = integer(UInt8.self).flatMap({ Severity(encodedCode: $0) }), let message = text()
            else { return nil }
            findings.append(Finding(pointer: pointer, rule: rule, severity: severity, message: message))
        }
        return findings
    }
}

extension Severity {
    fileprivate var encodedCode: UInt8 {
        switch self {
        case .blocking: 1
        case .verify: 2
        case .notice: 3
        }
    }

    fileprivate init?(encodedCode: UInt8) {
        switch encodedCode {
        case 1: self = .blocking
        case 2: self = .verify
        case 3: self = .notice
        default: return nil
        }
    }
}
