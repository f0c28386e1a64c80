internal import ConsoleFiles
internal import Messages
internal import RPC
internal import Wire

/// Sends reports in batches small enough that each answer comes soon and the progress moves.
struct ReportPusher {
    /// Below what the service takes in one call; a batch ends at whichever comes first.
    static let batchItems = 200
    static let batchBytes = 1 << 20
    static let atomicItems = 1000

    let client: SubmissionV1.SubmissionServiceClient
    let options: CallOptions
    let environment: ConsoleEnvironment

    struct Outcome {
        /// One for each item that has one, in their order; fewer than there were items when `failure` is set.
        var verdicts: [SubmissionV1.Verdict] = []
        var failure: CommandFailure?
    }

    func push(_ items: [PushItem], isAtomic: Bool) async throws(CommandFailure) -> Outcome {
        guard !isAtomic || items.count <= Self.atomicItems else {
            throw CommandFailure(
                .input, "--atomic: at most \(Self.atomicItems) reports, but there are \(items.count): leave it out")
        }
        var outcome = Outcome()
        var bar = ProgressBar("pushing", total: items.count, environment: environment)
        defer { bar.finish() }
        var rest = items[...]
        while !rest.isEmpty {
            let batch = isAtomic ? rest : rest.prefix(try Self.batchLength(rest))
            bar.show(outcome.verdicts.count)
            do throws(RPCError) {
                let request = SubmissionV1.PushBatchRequest(
                    items: batch.map(\.request), atomicity: isAtomic ? .whole : .each)
                let response = try await client.pushBatch(request, options: options)
                guard response.verdicts.count == batch.count else {
                    throw RPCError(.internal, "\(response.verdicts.count) verdicts for \(batch.count) reports")
                }
                outcome.verdicts += response.verdicts
            } catch {
                outcome.failure = CommandFailure(error, doing: "push")
                return outcome
            }
            rest = rest.dropFirst(batch.count)
        }
        bar.show(outcome.verdicts.count)
        return outcome
    }

    /// How many of the next items go into one call: at least one.
    private static func batchLength(_ items: ArraySlice<PushItem>) throws(CommandFailure) -> Int {
        var bytes = 0
        var count = 0
        for item in items.prefix(batchItems) {
            do throws(RPCError) {
                bytes += try item.request.withEncodedBytes { $0.count }
            } catch {
                throw CommandFailure(error, doing: "\(item.source)")
            }
            guard bytes <= batchBytes || count == 0 else { break }
            count += 1
        }
        return count
    }
}
