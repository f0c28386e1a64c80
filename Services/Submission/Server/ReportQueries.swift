internal import Journal
public import Messages
public import RPC
internal import Reporting
internal import ReportingMessages
internal import Serving
internal import Storage
internal import SubmissionRules
internal import SubmissionStorage
internal import Wire

extension SubmissionService {
    static let defaultPageSize = 200
    static let maximumPageSize = 1000
    /// Rows read from the store at once for a list; those that the caller may not see are skipped.
    private static let scanRows = 500

    public func getReport(
        _ request: SubmissionV1.GetReportRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.GetReportResponse {
        let name = ReportName(campaign: request.campaign, form: request.form, unit: request.reportingUnit)
        let knowledge = knowledge
        let permit = try await readPermit(name.unit, knowledge, context)
        let catalogue = try await knowledge.catalogue(knowingCampaign: name.campaign, for: context)
        do throws(Refusal) {
            _ = try catalogue.form(for: name, permit)
        } catch {
            throw RPCError(error)
        }
        do {
            let found = try await store.read { [epoch = store.epoch] transaction in
                try transaction.version(request.version, of: name, epoch: epoch)
            }
            guard let version = found else {
                throw RPCError(Refusal.unknownReport(name, version: request.version))
            }
            // The proof first: to make it the whole entry is read, which need not be in memory beside the report's.
            let proof = try await store.proof(at: version.position)
            guard let proof, let receipt = Receipt(proof, epoch: store.epoch) else {
                throw RPCError(.dataLoss, "the journal's entry of \(name) is damaged")
            }
            let (journaled, key) = try await journaledReport(provenBy: proof, name, version.version)
            var report = journaled
            if SubmissionAccess.mayReadPersonalData(permit),
                let sealed = try await store.read({ try $0.personal(of: key, unit: name.unit) })
            {
                report = SubmissionV1.Report(
                    try Report(report).restoring(try await vault.open(sealed, of: name)))
            }
            return SubmissionV1.GetReportResponse(
                report: report, version: version.version, currentVersion: version.currentVersion,
                receipt: TypeV1.Receipt(receipt))
        } catch {
            throw faults.status(of: error, doing: name.description)
        }
    }

    /// As it was accepted, and its push's key. Its encoded bytes, which may be millions, are gone when it is there.
    private func journaledReport(
        provenBy proof: LogProof, _ name: ReportName, _ version: UInt64
    ) async throws -> (SubmissionV1.Report, key: String) {
        let entry = try await store.entry(provenBy: proof)
        guard let said = AcceptedReport(statement: entry.statement), said.reportVersion == version,
            ReportName(campaign: said.campaign, form: said.form, unit: said.reportingUnit) == name
        else { throw RPCError(.dataLoss, "entry \(proof.index) of the journal is not version \(version) of \(name)") }
        let accepted = try SubmissionV1.ReportAccepted.decode(entry.body)
        guard let report = accepted.report else {
            throw RPCError(.dataLoss, "the journal's entry of \(name) is damaged")
        }
        return (report, accepted.idempotencyKey)
    }

    /// First of all, so that nobody learns from an error what exists.
    private func readPermit(
        _ unit: String, _ knowledge: RegistryKnowledge, _ context: ServerContext
    ) async throws(RPCError) -> UnitPermit {
        let caller = Caller(context.caller)
        do throws(Refusal) {
            try SubmissionAccess.list(by: caller)
        } catch {
            throw RPCError(error)
        }
        let permit = try await knowledge.permit(for: unit, context) { line throws(Refusal) in
            try SubmissionAccess.read(unit: unit, by: caller, line)
        }
        do throws(Refusal) { return try permit.get() } catch { throw RPCError(error) }
    }

    public func listReports(
        _ request: SubmissionV1.ListReportsRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.ListReportsResponse {
        let caller = Caller(context.caller)
        let knowledge = knowledge
        // For a list of everything, the role at least must be one that may read.
        if request.reportingUnit.isEmpty {
            do throws(Refusal) { try SubmissionAccess.list(by: caller) } catch { throw RPCError(error) }
        } else {
            _ = try await readPermit(request.reportingUnit, knowledge, context)
        }
        var place: ListPlace
        do throws(Refusal) { place = try Self.place(request) } catch { throw RPCError(error) }
        let catalogue = try await knowledge.catalogue(knowingCampaign: request.campaign, for: context)
        do throws(Refusal) {
            guard catalogue.hasCampaign(request.campaign) else {
                throw .unknownCampaign(request.campaign)
            }
            guard request.form.isEmpty || catalogue.hasForm(request.form, of: request.campaign) else {
                throw .unknownForm(
                    request.form, of: request.campaign, known: catalogue.forms(of: request.campaign))
            }
        } catch {
            throw RPCError(error)
        }
        var turns = WorkTurns(context.call, clock: clock)
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        var reports: [SubmissionV1.ReportSummary] = []
        while true {
            let rows = try await rows(request.campaign, after: place)
            for row in rows {
                guard request.form.isEmpty || row.name.form == request.form else {
                    return SubmissionV1.ListReportsResponse(reports: reports)
                }
                let isWanted = request.reportingUnit.isEmpty || row.name.unit == request.reportingUnit
                if isWanted, (try? SubmissionAccess.read(unit: row.name.unit, by: caller, catalogue.line)) != nil {
                    guard reports.count < size else {
                        return SubmissionV1.ListReportsResponse(reports: reports, nextPageToken: place.token)
                    }
                    reports.append(SubmissionV1.ReportSummary(row))
                }
                place = ListPlace(form: row.name.form, unit: row.name.unit)
            }
            try await turns.worked(rows.count / 8)
            if rows.count < Self.scanRows { return SubmissionV1.ListReportsResponse(reports: reports) }
        }
    }

    private func rows(_ campaign: String, after place: ListPlace) async throws(RPCError) -> [StoredReport] {
        do {
            return try await store.read { transaction in
                try transaction.reports(campaign: campaign, after: place.form, place.unit, limit: Self.scanRows)
            }
        } catch {
            throw faults.status(of: error, doing: "list of reports of '\(campaign)'")
        }
    }

    /// Where the list goes on.
    private static func place(_ request: SubmissionV1.ListReportsRequest) throws(Refusal) -> ListPlace {
        guard request.pageSize <= UInt32(maximumPageSize) else {
            throw Refusal(
                .invalid, thing: "a page of \(request.pageSize)", place: "page_size",
                remedy: "at most \(maximumPageSize)")
        }
        guard let place = ListPlace(token: request.pageToken, form: request.form, unit: request.reportingUnit) else {
            throw Refusal(
                .invalid, thing: "the page token", place: "page_token",
                remedy: "send back next_page_token as it came, with the same campaign, form and unit")
        }
        return place
    }
}

/// How far a list has come: after this form and unit, in the order of both.
private struct ListPlace: Sendable {
    let form: String
    let unit: String

    init(form: String, unit: String) {
        self.form = form
        self.unit = unit
    }

    /// From a page token, or from the start of what is asked for. `nil` for a token that is none of ours.
    init?(token: String, form: String, unit: String) {
        guard !token.isEmpty else {
            self.init(form: form, unit: "")
            return
        }
        let parts = token.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, FormDefinition.isValidCode(String(parts[0]), separator: "-"),
            Organisation.isValidCode(String(parts[1])), form.isEmpty || parts[0] == form
        else { return nil }
        self.init(form: String(parts[0]), unit: String(parts[1]))
    }

    /// Codes of forms and units hold no slash.
    var token: String { "\(form)/\(unit)" }
}

extension SubmissionV1.ReportSummary {
    fileprivate init(_ report: StoredReport) {
        self.init(
            campaign: report.name.campaign, form: report.name.form, reportingUnit: report.name.unit,
            version: report.version, firstSealedUnixUs: report.firstSealedUnixMicroseconds,
            sealedUnixUs: report.sealedUnixMicroseconds, timeliness: TypeV1.Timeliness(report.timeliness),
            correctedLate: report.correctedLate, digest: report.digest.bytes)
    }
}
