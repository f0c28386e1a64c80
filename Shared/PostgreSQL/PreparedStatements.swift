/// Which statements a connection's server has prepared, by text and types. Pure.
///
/// A name is never used twice: of one that failed nobody knows whether the server has it.
struct PreparedStatements {
    /// Texts are constants of the program, so only a fault comes here. What comes beyond is prepared anew each time.
    static let limit = 1000

    enum Lookup: Equatable {
        /// Under this name.
        case prepared(String)
        /// To be prepared under this name, and to be told of if that fails.
        case new(String)
        /// No more are kept.
        case full
    }

    private struct Statement {
        let types: [UInt32]
        let name: String
    }

    private var statements: [String: [Statement]] = [:]
    private(set) var count = 0
    private var lastNumber = 0

    func isPrepared(_ sql: String, _ types: [UInt32]) -> Bool { name(sql, types) != nil }

    mutating func lookUp(_ sql: String, _ types: [UInt32]) -> Lookup {
        if let name = name(sql, types) { return .prepared(name) }
        guard count < Self.limit else { return .full }
        lastNumber += 1
        let name = "qm\(lastNumber)"
        statements[sql, default: []].append(Statement(types: types, name: name))
        count += 1
        return .new(name)
    }

    /// The server did not prepare what ``lookUp(_:_:)`` named.
    mutating func forget(_ sql: String, _ name: String) {
        guard let index = statements[sql]?.firstIndex(where: { $0.name == name }) else { return }
        statements[sql]?.remove(at: index)
        count -= 1
    }

    /// The server has none of them any more, or none that can be used.
    mutating func forgetAll() {
        statements = [:]
        count = 0
    }

    private func name(_ sql: String, _ types: [UInt32]) -> String? {
        statements[sql]?.first { $0.types == types }?.name
    }
}
