/// What a server says of itself, and whether it is one that means what we say. Pure.
struct PostgresServerIdentity: Equatable {
    /// Of `SELECT version()`.
    var versionText: String
    /// E.g. 150018.
    var versionNumber: Int
    var serverEncoding: String?
    var clientEncoding: String?
    var standardConformingStrings: String?
    /// The value of ``modeSetting``, where there is one.
    var mode: String?

    /// PostgreSQL 14.
    static let lowestVersionNumber = 140_000

    private enum Product {
        case postgreSQL, openGauss, kingbase
        /// Has version numbers of its own, and the meaning of PostgreSQL's protocol: the self-test tells.
        case other
    }

    private var product: Product {
        let text = versionText.lowercased()
        if text.contains("opengauss") || text.contains("gaussdb") { return .openGauss }
        if text.contains("kingbase") { return .kingbase }
        // "PostgreSQL 11.2-YB-2.21.0 on ..." is YugabyteDB's.
        return text.hasPrefix("postgresql") && !text.contains("-yb-") ? .postgreSQL : .other
    }

    /// The setting that says whose meaning the database has, on servers that have several.
    var modeSetting: String? {
        switch product {
        case .openGauss: "sql_compatibility"
        case .kingbase: "database_mode"
        case .postgreSQL, .other: nil
        }
    }

    /// Why the database cannot be used.
    var refusal: PostgresError? {
        func refusal(_ words: String) -> PostgresError { PostgresError(.unsuitableServer, words) }
        if product == .postgreSQL && versionNumber < Self.lowestVersionNumber {
            return refusal("the server is \(versionText.cut(toBytes: 100)): PostgreSQL 14 or later is needed")
        }
        if let modeSetting, mode?.lowercased() != "pg" {
            return refusal(
                "the database was made with \(modeSetting) \(mode ?? "unknown"), which gives statements another meaning: "
                    + "make one with PG")
        }
        guard Self.isUTF8(serverEncoding) else {
            return refusal(
                "the database keeps its texts as \(serverEncoding ?? "nobody knows what"): make one with ENCODING 'UTF8'"
            )
        }
        guard Self.isUTF8(clientEncoding) else {
            return refusal(
                "the server speaks \(clientEncoding ?? "nobody knows what") to us, though it was asked for UTF8")
        }
        guard standardConformingStrings == "on" else {
            return refusal(
                "standard_conforming_strings is \(standardConformingStrings ?? "unknown"), which gives a backslash in a "
                    + "statement another meaning: set it to on for this database and user")
        }
        return nil
    }

    private static func isUTF8(_ encoding: String?) -> Bool {
        ["utf8", "utf-8", "unicode"].contains(encoding?.lowercased())
    }
}
