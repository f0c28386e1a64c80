public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import StatisticsRules
public import Storage

/// What entries of the two journals effect. Runs in the transaction that also stores the cursor, so each entry takes
/// effect once. Kinds that statistics have no use for are passed over; an entry of a known kind that cannot be read stops
/// the following, since a figure left out silently would be worse.
public enum StatisticsIntake {
    /// Names of the journals, for cursors.
    public static let registry = "registry"
    public static let submission = "submission"

    public static func applyRegistry(_ entries: [JournalEntry], in transaction: WriteTransaction) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case "campaign.published":
                    let published = try RegistryV1.CampaignPublished.decode(entry.body)
                    // Read now, so that what is stored can be read.
                    let code = try PublishedCampaign(published).campaign.code
                    try transaction.execute(
                        "INSERT INTO statistics_campaign (code, body) VALUES (?, ?) ON CONFLICT (code) DO NOTHING",
                        [.text(code), .bytes(entry.body)])
                case "organisation.registered":
                    let registered = try RegistryV1.OrganisationRegistered.decode(entry.body)
                    let code = try Organisation(registered.organisation ?? .init()).code
                    try transaction.execute(
                        """
                        INSERT INTO statistics_organisation (code, body) VALUES (?, ?)
                        ON CONFLICT (code) DO UPDATE SET body = excluded.body
                        """, [.text(code), .bytes(entry.body)])
                default: break
                }
            }
        }
    }

    public static func applySubmission(_ entries: [JournalEntry], in transaction: WriteTransaction) throws {
        var touched: Set<StatisticsProjection.FormKey> = []
        for entry in entries where entry.kind == AcceptedReport.journalKind {
            try entry.reading {
                let accepted = try AcceptedVersion(entry)
                try transaction.accept(accepted)
                touched.insert(.init(campaign: accepted.campaign, form: accepted.form))
            }
        }
        for key in touched {
            try transaction.execute(
                """
                INSERT INTO statistics_form (campaign, form, changes) VALUES (?, ?, 1)
                ON CONFLICT (campaign, form) DO UPDATE SET changes = statistics_form.changes + 1
                """, [.text(key.campaign), .text(key.form)])
        }
    }

    /// Removes all that the registry's journal told: it is another one now.
    public static func forgetRegistry(in transaction: WriteTransaction) throws {
        try transaction.execute("DELETE FROM statistics_campaign")
        try transaction.execute("DELETE FROM statistics_organisation")
    }

    /// Removes all that submission's journal told. The counts of changes stay, and go on.
    public static func forgetSubmission(in transaction: WriteTransaction) throws {
        try transaction.execute("DELETE FROM statistics_report")
        try transaction.execute("UPDATE statistics_form SET changes = changes + 1")
    }
}

extension WriteTransaction {
    /// ``UnitReport/merge(_:)`` in the table: the greatest version's figures, the first version's instant.
    fileprivate func accept(_ accepted: AcceptedVersion) throws {
        let key: [SQLValue] = [.text(accepted.campaign), .text(accepted.form), .text(accepted.unit)]
        let stored = try first(
            "SELECT version, first_sealed_unix_us FROM statistics_report WHERE campaign = ? AND form = ? AND unit = ?",
            key
        ) { (version: try $0.number(0, as: UInt64.self), firstSealed: try $0.integer(1)) }
        let firstSealed = min(stored?.firstSealed ?? .max, accepted.sealedUnixMicroseconds)
        guard accepted.version > stored?.version ?? 0 else {
            try execute(
                """
                UPDATE statistics_report SET first_sealed_unix_us = ? WHERE campaign = ? AND form = ? AND unit = ?
                """, [.integer(firstSealed)] + key)
            return
        }
        try execute(
            """
            INSERT INTO statistics_report
                (campaign, form, unit, version, first_sealed_unix_us, timeliness, corrected_late, figures)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (campaign, form, unit) DO UPDATE
            SET version = excluded.version, first_sealed_unix_us = excluded.first_sealed_unix_us,
                timeliness = excluded.timeliness, corrected_late = excluded.corrected_late, figures = excluded.figures
            """,
            key + [
                .number(accepted.version), .integer(firstSealed), .number(accepted.timeliness.rawValue),
                .flag(accepted.correctedLate), .bytes(accepted.figures.bytes),
            ])
    }
}

extension AcceptedVersion {
    fileprivate init(_ entry: JournalEntry) throws {
        let message = try SubmissionV1.ReportAccepted.decode(entry.body)
        guard let report = message.report, let timeliness = Timeliness(message.timeliness), message.version > 0 else {
            throw TranslationError([DefinitionProblem(pointer: "", message: "没有报表、版本或时效标记")])
        }
        self.init(
            campaign: report.campaign, form: report.form, unit: report.reportingUnit, version: message.version,
            sealedUnixMicroseconds: entry.sealedUnixMicroseconds, timeliness: timeliness,
            correctedLate: message.correctedLate, figures: ReportedFigures(of: try Report(report)))
    }
}

extension PublishedCampaign {
    init(_ message: RegistryV1.CampaignPublished) throws {
        self.init(
            campaign: try Campaign(message.campaign ?? .init()),
            organisations: try message.organisations.map { try Organisation($0) },
            divisions: try message.divisions.map { try Division($0) })
    }
}
