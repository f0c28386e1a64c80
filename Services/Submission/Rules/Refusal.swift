public import Reporting

/// Why something that was asked for was not done: the thing, the place and the remedy, and what was found in a report.
public struct Refusal: Error, Sendable, Hashable {
    public enum Reason: Sendable, Hashable, CaseIterable {
        /// The request itself is wrong, or the report has findings that block it.
        case invalid
        /// No such campaign, form, unit, report or version.
        case unknown
        case denied
        /// The idempotency key belongs to another content.
        case keyReused
        /// Another form version, a unit that the campaign does not address, or a form that is locked.
        case precondition
        /// The base version is not the one in force.
        case staleBase
        /// Another item of a batch that stands or falls as a whole was refused.
        case wholeBatch
        /// Not judged: the registry, which knows what it names, cannot be asked now.
        case unavailable
    }

    /// What thing, place and remedy take at most: they name what somebody sent, which may be long.
    public static let textBytes = (thing: 256, place: 512, remedy: 512)

    public var reason: Reason
    public var thing: String
    public var place: String
    public var remedy: String
    public var findings: [Finding]

    public init(_ reason: Reason, thing: String, place: String, remedy: String, findings: [Finding] = []) {
        self.reason = reason
        self.thing = thing.shortened(toBytes: Self.textBytes.thing)
        self.place = place.shortened(toBytes: Self.textBytes.place)
        self.remedy = remedy.shortened(toBytes: Self.textBytes.remedy)
        self.findings = findings
    }

    /// "THING: PLACE: REMEDY".
    public var message: String { "\(thing): \(place): \(remedy)" }

    /// About what it takes to journal or to send, without encoding it.
    public var approximateBytes: Int {
        findings.reduce(256 + thing.utf8.count + place.utf8.count + remedy.utf8.count) {
            $0 + $1.approximateBytes
        }
    }

    /// With as many findings as about `limitBytes` hold, and at the end a notice of how many were left out.
    public func limited(toBytes limitBytes: Int) -> Refusal {
        var roomBytes = limitBytes
        let kept = findings.firstIndex { finding in
            roomBytes -= finding.approximateBytes
            return roomBytes < 0
        }
        guard let kept else { return self }
        var refusal = self
        refusal.findings = findings[..<kept] + [.more(findings.count - kept)]
        return refusal
    }
}

extension String {
    /// Its beginning, if it takes more bytes than that.
    package func shortened(toBytes limitBytes: Int) -> String {
        guard utf8.count > limitBytes else { return self }
        let mark = "…"
        var roomBytes = limitBytes - mark.utf8.count
        let beginning = unicodeScalars.prefix { scalar in
            roomBytes -= scalar.utf8.count
            return roomBytes >= 0
        }
        return String(beginning) + mark
    }
}

extension Finding {
    /// About what it takes to journal or to send.
    public var approximateBytes: Int { pointer.utf8.count + rule.utf8.count + message.utf8.count + 16 }

    /// Says that so many were left out.
    public static func more(_ count: Int) -> Finding {
        Finding(
            pointer: "", rule: "more", severity: .notice, message: "另有\(count)处问题未在此列出，改正后请再次报送")
    }

    /// In the place of so many findings on a report that was taken in: its unit's inbox tells them.
    public static func untold(_ count: Int) -> Finding {
        Finding(pointer: "", rule: "more", severity: .notice, message: "已受理；\(count)处提示未在此列出，请见收件箱")
    }
}

extension Refusal {
    public static func unknownCampaign(_ code: String) -> Refusal {
        Refusal(
            .unknown, thing: "campaign '\(code)'", place: "report.campaign",
            remedy: "no such campaign is published; see 'qmctl campaign list'")
    }

    public static func unknownForm(_ form: String, of campaign: String, known: [String]) -> Refusal {
        Refusal(
            .unknown, thing: "form '\(form)'", place: "report.form",
            remedy: "campaign '\(campaign)' has the forms \(known.map { "'\($0)'" }.joined(separator: ", "))")
    }

    public static func unknownUnit(_ unit: String) -> Refusal {
        Refusal(
            .unknown, thing: "unit '\(unit)'", place: "report.reporting_unit",
            remedy: "no such organisation is registered; have it registered by the one it reports to")
    }

    public static func unknownReport(_ name: ReportName, version: UInt64) -> Refusal {
        Refusal(
            .unknown, thing: version == 0 ? name.description : "version \(version) of \(name)", place: "submission",
            remedy: version == 0 ? "nothing has been reported yet" : "ask for version 0, the one in force")
    }

    static func notAddressed(_ unit: String, by campaign: String) -> Refusal {
        Refusal(
            .precondition, thing: "unit '\(unit)'", place: "report.reporting_unit",
            remedy: "campaign '\(campaign)' addresses neither it nor its superiors; push to a campaign that does")
    }

    static func invalid(_ thing: String, _ place: String, _ remedy: String) -> Refusal {
        Refusal(.invalid, thing: thing, place: place, remedy: remedy)
    }

    static func findings(_ findings: [Finding], in name: ReportName) -> Refusal {
        let blocking = findings.count { $0.severity != .notice }
        return Refusal(
            .invalid, thing: name.description, place: findings.first?.pointer ?? "",
            remedy:
                "\(blocking) finding\(blocking == 1 ? "" : "s") to put right; each is in the details, with its place",
            findings: findings)
    }

    /// What ``PushDecision`` refused.
    public init(_ refusal: PushRefusal, _ name: ReportName) {
        switch refusal {
        case .keyReused(let first, let now):
            self.init(
                .keyReused, thing: name.description, place: "idempotency_key",
                remedy: "the key was used for content with digest \(first), this has \(now); use a new key")
        case .wrongFormVersion(let named, let inForce):
            self.init(
                .precondition, thing: name.description, place: "report.form_version",
                remedy: "made with version \(named) of the form, version \(inForce) is in force; fill in that one")
        case .locked(let since, let digest):
            let instant = ShanghaiTime(unixMicroseconds: since).map { "\($0) +08:00" } ?? "an instant in the past"
            self.init(
                .precondition, thing: name.description, place: "lock_date",
                remedy: "nothing is accepted since \(instant) without an extension; "
                    + "content with digest \(digest) was refused; ask the unit above for an extension")
        case .staleBase(let named, let current):
            self.init(
                .staleBase, thing: name.description, place: "base_version",
                remedy: current == 0
                    ? "there is no version yet, so base_version is 0, not \(named)"
                    : "version \(current) is in force, not \(named); read it, then push with base_version \(current)")
        }
    }

    /// An item of a batch that came to nothing, which would have been taken in.
    public struct EarlierItem: Sendable, Hashable {
        public var index: Int
        /// How many versions of its report the batch would have made up to and with it.
        public var versionsMade: UInt64

        public init(index: Int, versionsMade: UInt64) {
            self.index = index
            self.versionsMade = versionsMade
        }
    }

    /// What ``PushDecision`` refused in a batch that came to nothing: what earlier items would have made is not there.
    ///
    /// - Parameters:
    ///   - version: the item that would have made the version it found in force; `nil` if that was there before.
    ///   - key: the item that used its idempotency key.
    public init(_ refusal: PushRefusal, _ name: ReportName, versionBy version: EarlierItem?, keyBy key: EarlierItem?) {
        self.init(refusal, name)
        switch refusal {
        case .keyReused(let first, let now):
            guard let key else { return }
            remedy = "items[\(key.index)] has the same key and digest \(first), this has \(now); use a new key"
        case .staleBase(_, let current):
            guard let version else { return }
            let before = current - version.versionsMade
            remedy =
                (before == 0 ? "there is no version yet" : "version \(before) is in force")
                + ", and items[\(version.index)] would make version \(current); "
                + "give this one base_version \(current), or leave one of them out"
        case .wrongFormVersion, .locked: return
        }
    }

    /// For the items of a batch that were themselves in order.
    public static func wholeBatch(index: Int) -> Refusal {
        Refusal(
            .wholeBatch, thing: "the batch", place: "items[\(index)]",
            remedy: "another item was refused and the batch stands or falls as a whole; put that item right")
    }
}

/// A report without its version: what its versions are versions of.
public struct ReportName: Sendable, Hashable, CustomStringConvertible {
    public var campaign: String
    public var form: String
    /// The reporting unit's organisation code.
    public var unit: String

    public init(campaign: String, form: String, unit: String) {
        self.campaign = campaign
        self.form = form
        self.unit = unit
    }

    public init(_ report: Report) {
        self.init(campaign: report.campaign, form: report.form, unit: report.reportingUnit)
    }

    public var description: String { "report '\(campaign)/\(form)' of unit '\(unit)'" }
}
