internal import CPostgreSQL

/// libpq, found at run time: Debian's, or one that another maker ships with a database of the family.
public final class PostgresLibrary: @unchecked Sendable {
    /// What the configuration calls it.
    public let name: String
    /// Its functions. The table is ours and never changes; the library itself stays loaded to the end of the process.
    let functions: UnsafePointer<cpostgresql_functions>
    /// The words that it takes in a connection's parameters: older and other makers' libraries know fewer.
    let keywords: Set<String>

    /// What `store.library` is when nobody says otherwise: the third ABI since 2005, and PostgreSQL's only one.
    public static let defaultName = "libpq.so.5"

    /// Loads a library by its name or path. `.library` with what is missing and what to do about it.
    public static func load(_ name: String = PostgresLibrary.defaultName) throws(PostgresError) -> PostgresLibrary {
        var failure: Int32 = 0
        var words = [CChar](repeating: 0, count: 2048)
        guard let functions = cpostgresql_load(name, &failure, &words, words.count) else {
            throw PostgresError(.library, refusal(of: name, failure, String(decodingCString: words)))
        }
        guard functions.pointee.isthreadsafe() != 0 else {
            cpostgresql_unload(functions)
            throw PostgresError(.library, "\(name) was built for a single thread. \(remedy)")
        }
        return PostgresLibrary(name, functions)
    }

    private init(_ name: String, _ functions: UnsafePointer<cpostgresql_functions>) {
        self.name = name
        self.functions = functions
        var keywords: Set<String> = []
        if let options = functions.pointee.conndefaults() {
            var option = options
            while let keyword = option.pointee.keyword {
                keywords.insert(String(cString: keyword))
                option += 1
            }
            functions.pointee.conninfoFree(options)
        }
        self.keywords = keywords
    }

    deinit {
        cpostgresql_unload(functions)
    }

    /// E.g. 150018 for 15.18. Another maker's library says which version of PostgreSQL's it was made from.
    public var version: Int { Int(functions.pointee.libVersion()) }

    /// Statements can be sent without waiting for the answers of those before: libpq 14 and later.
    public var hasPipeline: Bool { functions.pointee.enterPipelineMode != nil }

    private static let remedy =
        "Install Debian's package libpq5, or name with store.library the libpq that the database's maker ships "
        + "(openGauss and KingbaseES have their own)."

    private static func refusal(of name: String, _ failure: Int32, _ words: String) -> String {
        switch Int(failure) {
        case CPOSTGRESQL_NOT_OPENED:
            "PostgreSQL's client library \(name) cannot be loaded: \(words). \(remedy)"
        case CPOSTGRESQL_LACKS_FUNCTIONS:
            "\(name) is no client library of PostgreSQL's that can be used here: it lacks \(shortened(words)). \(remedy)"
        default:
            "PostgreSQL's client library \(name) cannot be loaded: out of memory"
        }
    }

    /// The first few of the names.
    private static func shortened(_ names: String) -> String {
        let names = names.split(separator: ", ")
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more functions" : shown
    }
}

extension String {
    /// The text before the first zero.
    init(decodingCString bytes: [CChar]) {
        self.init(decoding: bytes.lazy.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
