public import Journal
public import Reporting

/// What an inbox item tells of.
public enum InboxFact: Sendable, Hashable {
    /// A campaign expects reports of the organisation.
    case campaignPublished
    case reportReceived(Received)
    case reportRejected(Rejected)

    public struct Received: Sendable, Hashable {
        /// The report's, from 1.
        public var version: UInt64
        /// The canonical digest of its content, 32 bytes.
        public var digest: [UInt8]
        /// Of the first version, for ever.
        public var timeliness: Timeliness
        public var correctedLate: Bool
        /// The receipt's.
        public var position: JournalPosition
        /// Those that did not block.
        public var findings: [Finding]

        public init(
            version: UInt64, digest: [UInt8], timeliness: Timeliness, correctedLate: Bool, position: JournalPosition,
            findings: [Finding]
        ) {
            self.version = version
            self.digest = digest
            self.timeliness = timeliness
            self.correctedLate = correctedLate
            self.position = position
            self.findings = findings
        }
    }

    public struct Rejected: Sendable, Hashable {
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
    }
}

// MARK: As bytes

extension InboxFact {
    private static let tag: StaticString = "quality inbox fact 1"

    /// One encoding for one fact.
    public var bytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 256)
        encoding.append(tag: Self.tag)
        encodeIdentity(&encoding)
        if case .reportReceived(let received) = self { encoding.append(received.position.epoch.bytes) }
        return encoding.bytes
    }

    /// The fact without what a journal made anew would change: its epoch.
    func encodeIdentity(_ encoding: inout JournalEncoding) {
        switch self {
        case .campaignPublished:
            encoding.append(UInt8(1))
        case .reportReceived(let received):
            encoding.append(UInt8(2))
            encoding.append(received.version)
            encoding.append(received.digest)
            encoding.append(received.timeliness.rawValue)
            encoding.append(UInt8(received.correctedLate ? 1 : 0))
            encoding.append(received.position.index)
            encoding.append(findings: received.findings)
        case .reportRejected(let rejected):
            encoding.append(UInt8(3))
            encoding.append(rejected.digest)
            encoding.append(rejected.code)
            encoding.append(rejected.message)
            encoding.append(findings: rejected.findings)
        }
    }

    /// Reads ``bytes``; `nil` for anything else.
    public init?(bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard reader.skip(tag: Self.tag), let kind = reader.integer(UInt8.self) else { return nil }
        switch kind {
        case 1: self = .campaignPublished
        case 2:
            guard let received = Received(&reader) else { return nil }
            self = .reportReceived(received)
        case 3:
            guard let rejected = Rejected(&reader) else { return nil }
            self = .reportRejected(rejected)
        default: return nil
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension InboxFact.Received {
    fileprivate init?(_ reader: inout CanonicalReader) {
        guard let version = reader.integer(UInt64.self), let digest = reader.sizedBytes(),
            let timeliness = reader.integer(UInt8.self).flatMap(Timeliness.init(rawValue:)),
            let correctedLate = reader.integer(UInt8.self), let index = reader.integer(UInt64.self),
            let findings = reader.findings(),
            let epoch = reader.sizedBytes().flatMap({ JournalEpoch($0) })
        else { return nil }
        self.init(
            version: version, digest: digest, timeliness: timeliness, correctedLate: correctedLate != 0,
            position: JournalPosition(epoch: epoch, index: index), findings: findings)
    }
}

extension InboxFact.Rejected {
    fileprivate init?(_ reader: inout CanonicalReader) {
        guard let digest = reader.sizedBytes(), let code = reader.integer(UInt32.self), let message = reader.text(),
            let findings = reader.findings()
        else { return nil }
        self.init(digest: digest, code: code, message: message, findings: findings)
    }
}

extension JournalEncoding {
    fileprivate mutating func append(findings: [Finding]) {
        append(UInt32(findings.count))
        for finding in findings {
            append(finding.pointer)
            append(finding.rule)
            append(finding.severity.inboxCode)
            append(finding.message)
        }
    }
}

extension CanonicalReader {
    fileprivate mutating func sizedBytes() -> [UInt8]? {
        guard let count = integer(UInt32.self), let bytes = bytes(Int(count)) else { return nil }
        return Array(bytes)
    }

    fileprivate mutating func findings() -> [Finding]? {
        guard let count = integer(UInt32.self) else { return nil }
        var findings: [Finding] = []
        for _ in 0..<count {
            guard let pointer = text(), let rule = text(),
                let severity = integer(UInt8.self).flatMap({ Severity(inboxCode: $0) }), let message = text()
            else { return nil }
            findings.append(Finding(pointer: pointer, rule: rule, severity: severity, message: message))
        }
        return findings
    }
}

extension Severity {
    fileprivate var inboxCode: UInt8 {
        switch self {
        case .blocking: 1
        case .verify: 2
        case .notice: 3
        }
    }

    fileprivate init?(inboxCode: UInt8) {
        switch inboxCode {
        case 1: self = .blocking
        case 2: self = .verify
        case 3: self = .notice
        default: return nil
        }
    }
}
