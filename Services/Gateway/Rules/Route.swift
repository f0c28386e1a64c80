/// Which endpoints serve a service. The gateway knows no more of a service than its name.
public struct Route: Sendable, Hashable {
    /// The full service name, e.g. "quality.registry.v1.RegistryService", or a prefix of such names that ends in `.`,
    /// e.g. "quality.registry.v1.".
    public var service: String
    /// The endpoints' identity in their certificates: `spiffe://DOMAIN/service/NAME`.
    public var identity: String
    /// HOST:PORT each, with all addresses of a name, or file:PATH.
    public var endpoints: [String]
    /// What the endpoints are asked the health of; `nil`: they are not asked.
    public var healthService: String?

    public init(service: String, identity: String, endpoints: [String], healthService: String? = nil) {
        self.service = service
        self.identity = identity
        self.endpoints = endpoints
        self.healthService = healthService
    }
}

/// What is wrong with a route, and where.
public struct RouteProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public var route: String
    public var problem: String

    public init(route: String, problem: String) {
        self.route = route
        self.problem = problem
    }

    public var description: String { "route \"\(route)\": \(problem)" }
}

extension Route {
    /// What the certificates of a service's endpoints are usually issued for: NAME of "quality.NAME.v1.AnyService".
    public static func usualIdentity(of service: String) -> String {
        let parts = service.split(separator: ".")
        return parts.count >= 2 ? String(parts[1]) : service
    }

    /// What the endpoints of a service are usually asked the health of: the service, or the whole process for a prefix.
    public static func usualHealthService(of service: String) -> String {
        service.hasSuffix(".") ? "" : service
    }

    /// Every problem of a list of routes at once: empty names, no endpoints, two routes for the same name.
    public static func problems(of routes: [Route]) -> [RouteProblem] {
        var problems: [RouteProblem] = []
        var seen: Set<String> = []
        if routes.isEmpty {
            problems.append(RouteProblem(route: "", problem: "no route is configured; name each service's endpoints"))
        }
        for route in routes {
            if route.service.isEmpty {
                problems.append(RouteProblem(route: route.service, problem: "the service name is empty"))
            }
            if route.identity.isEmpty {
                problems.append(
                    RouteProblem(route: route.service, problem: "no identity; name the certificate's service"))
            }
            if route.endpoints.isEmpty {
                problems.append(RouteProblem(route: route.service, problem: "no endpoint; give at least one HOST:PORT"))
            }
            if !seen.insert(route.service).inserted {
                problems.append(
                    RouteProblem(route: route.service, problem: "named twice; join the endpoints in one route"))
            }
        }
        return problems
    }
}
