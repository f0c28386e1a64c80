internal import MessageRuntime
internal import RPC

/// SERVICE and SERVICE/METHOD as a person writes them: the full name, or its last part with or without "Service", in
/// any case of letters.
enum MethodName {
    /// The services that `given` can mean; the full name means itself alone.
    static func services(_ given: some StringProtocol, among names: [String]) -> [String] {
        if names.contains(String(given)) { return [String(given)] }
        let wanted = given.lowercased()
        return names.filter { name in
            guard let last = name.split(separator: ".").last?.lowercased() else { return false }
            return name.lowercased() == wanted || last == wanted || last == wanted + "service"
        }
    }

    /// The one service that `given` means.
    static func service(_ given: some StringProtocol, among names: [String]) throws(CommandFailure) -> String {
        let matches = services(given, among: names)
        guard let service = matches.first else {
            throw CommandFailure(.input, "no service \(given): there are \(names.sorted().joined(separator: ", "))")
        }
        guard matches.count == 1 else {
            throw CommandFailure(.input, "\(given) can be \(matches.joined(separator: " or ")): give the full name")
        }
        return service
    }

    /// SERVICE and METHOD of "SERVICE/METHOD".
    static func parts(_ given: String) throws(CommandFailure) -> (service: Substring, method: Substring) {
        let parts = given.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw CommandFailure(.input, "\(given): SERVICE/METHOD is due here, e.g. Submission/Push")
        }
        return (parts[0], parts[1])
    }

    /// The method that `given`, SERVICE/METHOD, means among those this program was built with.
    static func method(
        _ given: String, in catalogs: [MessageCatalog]
    ) throws(CommandFailure) -> MessageCatalog.Method {
        let (serviceGiven, methodGiven) = try parts(given)
        let methods = catalogs.flatMap(\.methods)
        let names = Array(Set(methods.map(\.descriptor.service))).sorted()
        let service: String
        do {
            service = try Self.service(serviceGiven, among: names)
        } catch {
            throw CommandFailure(.input, "\(error.message). This program can call what it was built with")
        }
        let known = methods.filter { $0.descriptor.service == service }
        guard let method = known.first(where: { $0.descriptor.name.lowercased() == methodGiven.lowercased() }) else {
            let list = known.map(\.descriptor.name).joined(separator: ", ")
            throw CommandFailure(.input, "\(service) has no method \(methodGiven): it has \(list)")
        }
        return method
    }
}
