/// Who reports to whom: a relation between organisations, and not geography. A directly governed county reports to the
/// province though it lies in a city.
public struct ReportingLine: Sendable {
    /// A chain longer than this is an error: the real ones have five links at most.
    public static let maximumDepth = 16

    private var organisations: [String: Organisation]

    public init(_ organisations: some Sequence<Organisation> = []) {
        self.organisations = Dictionary(organisations.map { ($0.code, $0) }, uniquingKeysWith: { _, last in last })
    }

    public var all: some Collection<Organisation> { organisations.values }

    public subscript(code: String) -> Organisation? { organisations[code] }

    /// Asked of every push, so nothing is copied for it.
    public func contains(_ code: String) -> Bool { organisations.index(forKey: code) != nil }

    /// Adds an organisation or replaces the one with its code. The caller has asked ``problem(adding:)`` before.
    public mutating func insert(_ organisation: Organisation) {
        organisations[organisation.code] = organisation
    }

    /// Why the line would not hold with this organisation in it: an unknown superior, a circle, or too deep a chain.
    public func problem(adding organisation: Organisation) -> String? {
        var superior = organisation.reportsTo
        var depth = 0
        while let code = superior {
            if code == organisation.code { return "机构“\(organisation.code)”：报送关系成环" }
            guard let next = organisations[code] else {
                return "机构“\(organisation.code)”：上级“\(code)”未登记"
            }
            depth += 1
            if depth > Self.maximumDepth { return "机构“\(organisation.code)”：报送层级超过\(Self.maximumDepth)级" }
            superior = next.reportsTo
        }
        return nil
    }

    /// From the one it reports to up to the top. Ends at an unknown superior and after ``maximumDepth`` steps.
    public func superiors(of code: String) -> [Organisation] {
        var result: [Organisation] = []
        var superior = organisations[code]?.reportsTo
        while let code = superior, let next = organisations[code], result.count < Self.maximumDepth {
            result.append(next)
            superior = next.reportsTo
        }
        return result
    }

    /// True when `code` is `superior` itself or reports to it at any depth.
    public func isAtOrBelow(_ code: String, _ superior: String) -> Bool {
        if code == superior { return true }
        var current = organisations[code]?.reportsTo
        var depth = 0
        while let next = current, depth < Self.maximumDepth {
            if next == superior { return true }
            current = organisations[next]?.reportsTo
            depth += 1
        }
        return false
    }
}
