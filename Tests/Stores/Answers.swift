internal import RPC

/// All that is answered to one question about each of these units, "CODE: words" with UNIT for the unit's code: a single
/// answer, if nobody can learn from it which of them there are.
package func answers(about units: [String], to question: (String) async throws -> Void) async -> Set<String> {
    var answers: Set<String> = []
    for unit in units {
        do {
            try await question(unit)
            answers.insert("OK")
        } catch {
            answers.insert(RPCError(wrapping: error).description.replacing("'\(unit)'", with: "UNIT"))
        }
    }
    return answers
}
