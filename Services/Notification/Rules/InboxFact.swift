public import Journal
public import Reporting

/// What an inbox item tells of.
public enum InboxFact: Sendable, Hashable {
    /// A campaign expects reports of the organisation.
    case campaignPublished
    case reportReceived(Received)
    case reportRejected(RejectedReport)
    /// Reports came to a store that was put back to an earlier state.
    case epochBegun(EpochChange)

    /// What an epoch of submission's journal goes on from.
    public struct EpochChange: Sendable, Hashable {
        /// The one before.
        public var earlierEpoch: JournalEpoch
        /// Receipts with an index below hold, and their reports are there.
        public var earlierSize: UInt64
        /// When the last of these was sealed; 0 if there is none.
        public var stateUnixMicroseconds: Int64
        /// The operator's words.
        public var reason: String

        public init(earlierEpoch: JournalEpoch, earlierSize: UInt64, stateUnixMicroseconds: Int64, reason: String) {
            self.earlierEpoch = earlierEpoch
            self.earlierSize = earlierSize
            self.stateUnixMicroseconds = stateUnixMicroseconds
            self.reason = reason
        }
    }

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
            rejected.encode(&encoding)
        case .epochBegun(let change):
            encoding.append(UInt8(4))
            encoding.append(change.earlierEpoch.bytes)
            encoding.append(change.earlierSize)
            encoding.append(change.stateUnixMicroseconds)
            encoding.append(change.reason)
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
            guard let rejected = RejectedReport(&reader) else { return nil }
            self = .reportRejected(rejected)
        case 4:
            guard let change = EpochChange(&reader) else { return nil }
            self = .epochBegun(change)
        default: return nil
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension InboxFact.EpochChange {
    fileprivate init?(_ reader: inout CanonicalReader) {
        guard let epoch = reader.sizedBytes().flatMap({ JournalEpoch($0) }), let size = reader.integer(UInt64.self),
            let state = reader.integer(UInt64.self), let reason = reader.text()
        else { return nil }
        self.init(
            earlierEpoch: epoch, earlierSize: size, stateUnixMicroseconds: Int64(bitPattern: state), reason: reason)
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
