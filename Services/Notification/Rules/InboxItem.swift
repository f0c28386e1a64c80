public import Journal
public import Reporting

/// Which journal told of it.
public enum InboxSource: UInt8, Sendable, Hashable, CaseIterable {
    case registry = 0
    case submission = 1

    /// The journal's name, as the follower's cursor bears it.
    public var journal: String {
        switch self {
        case .registry: "registry"
        case .submission: "submission"
        }
    }
}

/// One message in an organisation's inbox: what happened, not yet in words. Words need titles of the campaign and its
/// forms, which another journal tells; facts need nothing but their own entry, so that following again, in whatever
/// order the journals come, gives the same items.
public struct InboxItem: Sendable, Hashable {
    /// Whose inbox.
    public var organisation: String
    /// See ``InboxItem/id(of:index:occurredUnixMicroseconds:)``.
    public var id: UInt64
    public var source: InboxSource
    /// Empty when the item is about none.
    public var campaign: String
    /// Empty when the item is about the whole campaign, or about none.
    public var form: String
    /// The seal's instant of the entry that tells of it.
    public var occurredUnixMicroseconds: Int64
    public var fact: InboxFact

    public init(
        organisation: String, id: UInt64, source: InboxSource, campaign: String, form: String,
        occurredUnixMicroseconds: Int64, fact: InboxFact
    ) {
        self.organisation = organisation
        self.id = id
        self.source = source
        self.campaign = campaign
        self.form = form
        self.occurredUnixMicroseconds = occurredUnixMicroseconds
        self.fact = fact
    }

    /// Grows with time, and is made of the entry alone: the instant's millisecond (42 bits, until 2109), the source
    /// (1 bit) and the low 20 bits of the entry's index; 63 bits, as much as a store's integer holds. So two items of one journal never
    /// share an id unless a million entries fell between them in one millisecond.
    public static func id(
        of source: InboxSource, index: UInt64, occurredUnixMicroseconds: Int64
    ) -> UInt64 {
        let millisecond = UInt64(clamping: occurredUnixMicroseconds / 1000) & (1 << 42 - 1)
        return millisecond << 21 | UInt64(source.rawValue) << 20 | index & (1 << 20 - 1)
    }

    /// What makes two items the same message, whichever entries told of them: all but id, instants and the journal's
    /// epoch. The same rejection twice is one message; a mark of having been read belongs to the message, and stays
    /// when the inbox is built again.
    public var identityBytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 256)
        encoding.append(tag: "quality inbox message 1")
        encoding.append(organisation)
        encoding.append(source.rawValue)
        encoding.append(campaign)
        encoding.append(form)
        fact.encodeIdentity(&encoding)
        return encoding.bytes
    }

    /// Whether another entry may tell the same. A receipt's names its own entry, so no other does; an epoch begins once.
    public var mayComeAgain: Bool {
        switch fact {
        case .reportReceived, .epochBegun: false
        case .campaignPublished, .reportRejected: true
        }
    }

    /// SHA-256 of ``identityBytes``.
    public func identity(_ sha256: JournalHashFunction) -> JournalHash {
        identityBytes.withUnsafeBytes { sha256($0) }
    }
}

// MARK: From entries

extension InboxItem {
    /// A campaign was published: one item to each organisation from which a form is expected, whatever the number of
    /// its forms, in the campaign's order.
    public static func announcing(
        _ campaign: Campaign, index: UInt64, sealedUnixMicroseconds: Int64
    ) -> [InboxItem] {
        var told: Set<String> = []
        let id = id(of: .registry, index: index, occurredUnixMicroseconds: sealedUnixMicroseconds)
        return campaign.forms.flatMap(\.expectedReporters).filter { told.insert($0).inserted }.map { reporter in
            InboxItem(
                organisation: reporter, id: id, source: .registry, campaign: campaign.code, form: "",
                occurredUnixMicroseconds: sealedUnixMicroseconds, fact: .campaignPublished)
        }
    }

    /// A report was accepted: to the reporting unit. `findings`: those that did not block.
    public static func acknowledging(
        _ accepted: AcceptedReport, findings: [Finding], position: JournalPosition, sealedUnixMicroseconds: Int64
    ) -> InboxItem {
        InboxItem(
            organisation: accepted.reportingUnit,
            id: id(
                of: .submission, index: position.index, occurredUnixMicroseconds: sealedUnixMicroseconds),
            source: .submission, campaign: accepted.campaign, form: accepted.form,
            occurredUnixMicroseconds: sealedUnixMicroseconds,
            fact: .reportReceived(
                InboxFact.Received(
                    version: accepted.reportVersion, digest: accepted.digest.bytes, timeliness: accepted.timeliness,
                    correctedLate: accepted.correctedLate, position: position, findings: findings)))
    }

    /// Submission's journal goes on in a new epoch: to each unit that has receipts of the earlier one.
    public static func telling(
        _ units: [String], of change: InboxFact.EpochChange, index: UInt64, sealedUnixMicroseconds: Int64
    ) -> [InboxItem] {
        let id = id(of: .submission, index: index, occurredUnixMicroseconds: sealedUnixMicroseconds)
        return units.map { unit in
            InboxItem(
                organisation: unit, id: id, source: .submission, campaign: "", form: "",
                occurredUnixMicroseconds: sealedUnixMicroseconds, fact: .epochBegun(change))
        }
    }

    /// A report was refused: to the reporting unit.
    public static func refusing(
        unit: String, campaign: String, form: String, _ rejected: RejectedReport, index: UInt64,
        sealedUnixMicroseconds: Int64
    ) -> InboxItem {
        InboxItem(
            organisation: unit,
            id: id(of: .submission, index: index, occurredUnixMicroseconds: sealedUnixMicroseconds),
            source: .submission, campaign: campaign, form: form, occurredUnixMicroseconds: sealedUnixMicroseconds,
            fact: .reportRejected(rejected))
    }
}
