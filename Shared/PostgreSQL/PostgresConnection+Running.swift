internal import CPostgreSQL

extension PostgresConnection {
    /// Carries out the steps in their order, in one round trip where the library can, and gives an answer for each.
    ///
    /// Throws the first failure, with its step; those behind it were not carried out. The connection can be used
    /// afterwards, unless ``isOpen`` says otherwise. With a COMMIT among the steps a lost connection is `.outcomeUnknown`,
    /// unless the server said before that it fell on an earlier one.
    @discardableResult
    public func run(_ pipeline: PostgresPipeline) throws(PostgresError) -> [PostgresResult] {
        guard pipeline.count <= PostgresPipeline.stepsLimit else {
            throw PostgresError(.invalidArgument, "a pipeline has more than \(PostgresPipeline.stepsLimit) steps")
        }
        for (index, step) in pipeline.steps.enumerated() {
            try failing(at: index) { () throws(PostgresError) in try ParameterBuffer.check(step.parameters) }
        }
        guard let link else { throw PostgresError(.connectionLost, "the connection to the database is closed") }
        defer { values.shrink(toBytes: Self.keptBytes) }
        let isPipelined = options.usesPipeline && link.library.hasPipeline && roundTrips(of: pipeline) > 1
        return isPipelined ? try runTogether(pipeline, link) : try runOneByOne(pipeline.steps, link)
    }

    /// What a connection keeps of the memory for its largest statement.
    private static var keptBytes: Int { 1 << 20 }

    private func roundTrips(of pipeline: PostgresPipeline) -> Int {
        guard pipeline.count == 1, pipeline.steps[0].kind == .prepared else { return pipeline.count }
        let step = pipeline.steps[0]
        return statements.isPrepared(step.sql, step.parameters.map(\.type.rawValue)) ? 1 : 2
    }

    private func failing<Value>(
        at step: Int, _ body: () throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        do {
            return try body()
        } catch {
            var error = error
            error.step = step
            throw error
        }
    }

    // MARK: Together

    /// What libpq will answer, in its order.
    private struct Expected {
        let step: Int
        let isCommit: Bool
        /// Under which name a statement is being prepared; `nil`: it is being carried out.
        let preparing: String?
    }

    private func runTogether(
        _ pipeline: PostgresPipeline, _ link: ServerLink
    ) throws(PostgresError) -> [PostgresResult] {
        let deadline = Deadline(afterMilliseconds: roundTripTimeoutMilliseconds)
        guard link.enterPipeline() else { throw gone(link.lost(), mayHaveCommitted: false) }
        var expected: [Expected] = []
        expected.reserveCapacity(pipeline.count)
        for (index, step) in pipeline.steps.enumerated() {
            guard send(step, index, link, &expected) else {
                throw gone(link.lost(), mayHaveCommitted: step.kind == .commit)
            }
        }
        guard link.sync() else { throw gone(link.lost(), mayHaveCommitted: pipeline.endsWithCommit) }
        return try collect(expected, pipeline, link, deadline)
    }

    private func send(
        _ step: PostgresPipeline.Step, _ index: Int, _ link: ServerLink, _ expected: inout [Expected]
    ) -> Bool {
        values.encode(step.parameters)
        defer { expected.append(Expected(step: index, isCommit: step.kind == .commit, preparing: nil)) }
        guard step.kind == .prepared else { return link.execute(once: step.sql, values) }
        switch statements.lookUp(step.sql, values.types) {
        case .prepared(let name): return link.execute(prepared: name, values)
        case .new(let name):
            expected.append(Expected(step: index, isCommit: false, preparing: name))
            return link.prepare(step.sql, as: name, values.types) && link.execute(prepared: name, values)
        case .full: return link.execute(once: step.sql, values)
        }
    }

    private func collect(
        _ expected: [Expected], _ pipeline: PostgresPipeline, _ link: ServerLink, _ deadline: Deadline
    ) throws(PostgresError) -> [PostgresResult] {
        var results: [PostgresResult] = []
        results.reserveCapacity(pipeline.count)
        var failure: PostgresError?
        for one in expected {
            // A COMMIT comes last, so all that is before it hangs on it, unless something failed.
            let mayHaveCommitted = failure == nil && pipeline.endsWithCommit
            switch answer(link, deadline, isCommit: one.isCommit) {
            case .result(let result): if one.preparing == nil { results.append(result) }
            case .skipped: forget(one, pipeline)
            case .failed(var error):
                error.step = one.step
                failure = failure ?? error
                forget(one, pipeline)
            case .ended(let error, let isSaid):
                // What the server says in place of a step's answer it says before it comes to the next.
                throw gone(failure ?? error, mayHaveCommitted: mayHaveCommitted && (!isSaid || one.isCommit))
            }
            switch rest(of: link, deadline) {
            case .none: continue
            case .failed(var error):
                error.step = one.step
                failure = failure ?? error
            // COMMIT was answered: what came after it is about the connection alone.
            case .ended where one.isCommit && failure == nil: continue
            case .ended(let error):
                throw gone(failure ?? error, mayHaveCommitted: failure == nil && pipeline.endsWithCommit)
            }
        }
        let late = finish(link, deadline)
        guard let failure = failure ?? late else { return results }
        if pipeline.endsWithCommit, results.count == pipeline.count { return results }
        throw noting(failure)
    }

    private func forget(_ one: Expected, _ pipeline: PostgresPipeline) {
        guard let name = one.preparing else { return }
        statements.forget(pipeline.steps[one.step].sql, name)
    }

    /// Reads to the end of the pipeline. What fails here fails where the server commits what stood in no transaction, or
    /// it is the connection that ends.
    private func finish(_ link: ServerLink, _ deadline: Deadline) -> PostgresError? {
        var failure: PostgresError?
        while true {
            switch link.next(until: deadline) {
            case .result(let result):
                defer { link.functions.pointee.clear(result) }
                if Int(link.functions.pointee.resultStatus(result)) == CPOSTGRESQL_PIPELINE_SYNC {
                    if !link.exitPipeline() { close() }
                    return failure
                }
                let error = PostgresError(result, link.functions)
                if failure == nil, error.sqlState != nil, !error.endsConnection, case .none = rest(of: link, deadline) {
                    failure = error
                    continue
                }
                close()
                return failure ?? error
            case .none:
                let lost = link.lost()
                close()
                return failure ?? lost
            case .timedOut:
                close()
                return failure ?? timedOut
            }
        }
    }

    // MARK: One by one

    private func runOneByOne(
        _ steps: [PostgresPipeline.Step], _ link: ServerLink
    ) throws(PostgresError) -> [PostgresResult] {
        var results: [PostgresResult] = []
        results.reserveCapacity(steps.count)
        for (index, step) in steps.enumerated() {
            results.append(try failing(at: index) { () throws(PostgresError) in try runAlone(step, link) })
        }
        return results
    }

    private func runAlone(_ step: PostgresPipeline.Step, _ link: ServerLink) throws(PostgresError) -> PostgresResult {
        values.encode(step.parameters)
        var name: String?
        if step.kind == .prepared {
            switch statements.lookUp(step.sql, values.types) {
            case .prepared(let known): name = known
            case .new(let new):
                guard link.prepare(step.sql, as: new, values.types) else {
                    throw gone(link.lost(), mayHaveCommitted: false)
                }
                do {
                    _ = try onlyAnswer(link, isCommit: false)
                } catch {
                    statements.forget(step.sql, new)
                    throw error
                }
                name = new
            case .full: break
            }
        }
        let isSent = name.map { link.execute(prepared: $0, values) } ?? link.execute(once: step.sql, values)
        guard isSent else { throw gone(link.lost(), mayHaveCommitted: false) }
        return try onlyAnswer(link, isCommit: step.kind == .commit)
    }

    private func onlyAnswer(_ link: ServerLink, isCommit: Bool) throws(PostgresError) -> PostgresResult {
        let deadline = Deadline(afterMilliseconds: roundTripTimeoutMilliseconds)
        let result: PostgresResult
        switch answer(link, deadline, isCommit: isCommit) {
        case .result(let answer): result = answer
        case .skipped: throw gone(PostgresError(.malformedAnswer, "the server left a statement out"))
        case .failed(let error):
            if case .ended = rest(of: link, deadline) { close() }
            throw noting(error)
        case .ended(let error, _): throw gone(error, mayHaveCommitted: isCommit)
        }
        switch rest(of: link, deadline) {
        case .none: return result
        case .failed(let error): throw noting(error)
        case .ended(let error):
            // COMMIT was answered: what came after it is about the connection alone.
            guard isCommit else { throw gone(error) }
            close()
            return result
        }
    }

    // MARK: Answers

    private enum OneAnswer {
        case result(PostgresResult)
        case failed(PostgresError)
        /// A statement before it in the pipeline failed.
        case skipped
        /// The connection is over; whether the server said so, in the place of this answer.
        case ended(PostgresError, isSaid: Bool)
    }

    private func answer(_ link: ServerLink, _ deadline: Deadline, isCommit: Bool) -> OneAnswer {
        let functions = link.functions
        switch link.next(until: deadline) {
        case .timedOut: return .ended(timedOut, isSaid: false)
        case .none: return .ended(link.lost(), isSaid: false)
        case .result(let pointer):
            switch Int(functions.pointee.resultStatus(pointer)) {
            case CPOSTGRESQL_TUPLES_OK, CPOSTGRESQL_COMMAND_OK, CPOSTGRESQL_EMPTY_QUERY:
                let result = PostgresResult(owning: pointer, link.library)
                guard isCommit, result.commandTag != "COMMIT" else { return .result(result) }
                return .failed(
                    PostgresError(.rolledBack, "the transaction had failed before it was to be committed"))
            case CPOSTGRESQL_PIPELINE_ABORTED:
                functions.pointee.clear(pointer)
                return .skipped
            default:
                defer { functions.pointee.clear(pointer) }
                let error = PostgresError(pointer, functions)
                guard error.sqlState != nil else { return .ended(error, isSaid: false) }
                return error.endsConnection ? .ended(error, isSaid: true) : .failed(error)
            }
        }
    }

    private enum Rest {
        /// As it should be.
        case none
        /// What stands in no transaction is committed after its answer, and may still fail.
        case failed(PostgresError)
        case ended(PostgresError)
    }

    /// What comes behind an answer.
    private func rest(of link: ServerLink, _ deadline: Deadline) -> Rest {
        var failure: PostgresError?
        while true {
            switch link.next(until: deadline) {
            case .none: return failure.map { .failed($0) } ?? .none
            case .timedOut: return .ended(timedOut)
            case .result(let more):
                defer { link.functions.pointee.clear(more) }
                let error = PostgresError(more, link.functions)
                guard error.sqlState != nil, !error.endsConnection else { return .ended(failure ?? error) }
                failure = failure ?? error
            }
        }
    }

    private var timedOut: PostgresError {
        PostgresError(
            .connectionLost,
            "the database did not answer within \(roundTripTimeoutMilliseconds) ms; the connection was closed")
    }

    /// Closes the connection. With a COMMIT on its way nobody knows what became of it.
    private func gone(_ error: PostgresError, mayHaveCommitted: Bool = false) -> PostgresError {
        close()
        guard mayHaveCommitted else { return error }
        var unknown = PostgresError(
            .outcomeUnknown, "the connection ended before COMMIT was answered: \(error.message)",
            sqlState: error.sqlState, severity: error.severity, detail: error.detail, hint: error.hint)
        unknown.step = error.step
        return unknown
    }

    /// Statements that the server has no more, or that a change of the schema has made useless, are prepared anew.
    private func noting(_ error: PostgresError) -> PostgresError {
        if error.sqlState == "26000" || error.sqlState == "0A000" { statements.forgetAll() }
        return error
    }
}

extension PostgresError {
    /// The server says nothing more after this, or nothing that could be understood.
    fileprivate var endsConnection: Bool { severity == "FATAL" || severity == "PANIC" || kind == .connectionLost }
}
