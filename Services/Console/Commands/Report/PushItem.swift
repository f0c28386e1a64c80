internal import ConsoleFiles
internal import Cryptography
internal import MessageJSON
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import Wire

/// A report on its way: what is sent, and where it came from.
struct PushItem: Sendable {
    let source: SourcePlace
    let request: SubmissionV1.PushRequest

    var report: SubmissionV1.Report { request.report ?? SubmissionV1.Report() }

    /// Types the drafts by their forms' definitions, each asked for once. A form that the registry does not know is left
    /// to the service's verdict.
    static func items(
        _ drafts: [ReportDraft], registry: RegistryV1.RegistryServiceClient, _ gateway: GatewayOptions
    ) async throws(CommandFailure) -> [PushItem] {
        var definitions: [FormName: FormDefinition?] = [:]
        var items: [PushItem] = []
        items.reserveCapacity(drafts.count)
        for draft in drafts {
            let name = FormName(campaign: draft.campaign, form: draft.form)
            if definitions[name] == nil {
                definitions[name] = .some(try await name.definition(from: registry, options: gateway.callOptions))
            }
            items.append(try PushItem(draft, definition: definitions[name] ?? nil))
        }
        return items
    }

    private init(_ draft: ReportDraft, definition: FormDefinition?) throws(CommandFailure) {
        let report: Report
        do throws(TextError) {
            report = try draft.report(form: definition)
        } catch {
            throw CommandFailure(error, file: draft.source.file)
        }
        source = draft.source
        request = SubmissionV1.PushRequest(
            report: SubmissionV1.Report(report), baseVersion: draft.baseVersion,
            idempotencyKey: draft.idempotencyKey ?? Self.key(for: report, baseVersion: draft.baseVersion))
    }

    /// The same content upon the same version gives the same key: a retry is known as one, whoever makes it.
    static func key(for report: Report, baseVersion: UInt64) -> String {
        var bytes = ReportDigest.canonicalBytes(of: report)
        withUnsafeBytes(of: baseVersion.bigEndian) { bytes.append(contentsOf: $0) }
        return "content-" + Hexadecimal.written(SHA256.hash(bytes).prefix(20))
    }
}

private struct FormName: Hashable {
    let campaign: String
    let form: String

    func definition(
        from registry: RegistryV1.RegistryServiceClient, options: CallOptions
    ) async throws(CommandFailure) -> FormDefinition? {
        let place = "form \(form) of campaign \(campaign)"
        let message: RegistryV1.FormDefinition?
        do throws(RPCError) {
            let request = RegistryV1.GetFormRequest(campaign: campaign, form: form)
            message = try await registry.getForm(request, options: options).form
        } catch {
            if error.code == .notFound { return nil }
            throw CommandFailure(error, doing: place)
        }
        do throws(TranslationError) {
            return try message.map { message throws(TranslationError) in try FormDefinition(message) }
        } catch {
            throw CommandFailure(.refused, "\(place): the registry sent a form that this qmctl cannot read: \(error)")
        }
    }
}
