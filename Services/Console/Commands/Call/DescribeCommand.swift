internal import ArgumentParser
internal import MessageJSON
internal import Reflection

struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show services, methods and messages as the running programs describe them.",
        discussion: """
            Names may be short: Submission, Submission/Push, Verdict. A method or message is shown with everything it is \
            made of. What this program was not built with is described too.

            Examples:
              qmctl describe
              qmctl describe Submission
              qmctl describe Submission/Push
              qmctl describe quality.type.v1.Decimal
              qmctl describe Submission/Push --template > push.json
            """)

    @OptionGroup var gateway: GatewayOptions

    @Argument(help: "A service, SERVICE/METHOD, a message or an enum; every service if there is none.")
    var symbol: String?

    @Flag(help: "Write a message, or a method's request, as JSON to fill in.")
    var template = false

    func validate() throws {
        guard symbol != nil || !template else {
            throw ValidationError("--template: say of which SERVICE/METHOD or message")
        }
    }

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let transport = try await environment.connect(gateway)
        var suite = try await ReflectedSuite(transport, options: gateway.callOptions)
        guard let symbol else {
            await suite.load(suite.names)
            let text = DescriptionText(index: suite.index)
            try environment.print(suite.services.map { text.service($0) }.joined(separator: "\n"))
            return try Self.check(suite, found: true, "")
        }
        let service = symbol.prefix { $0 != "/" }
        let matches = MethodName.services(service, among: suite.names)
        // A service that is listed is asked alone; whose a message is, nobody knows before asking.
        await suite.load(matches.isEmpty ? suite.names : matches)
        let text = DescriptionText(index: suite.index)
        let described = try Self.described(symbol, suite, text, asTemplate: template)
        try Self.check(suite, found: described != nil, symbol)
        try environment.print(described ?? "")
    }

    /// `nil` for a name that nobody describes.
    private static func described(
        _ symbol: String, _ suite: ReflectedSuite, _ text: DescriptionText, asTemplate: Bool
    ) throws(CommandFailure) -> String? {
        let names = suite.services.map(\.name)
        if symbol.contains("/") {
            let parts = try MethodName.parts(symbol)
            if MethodName.services(parts.service, among: names).isEmpty, !suite.failures.isEmpty { return nil }
            let service = try MethodName.service(parts.service, among: names)
            let methods = suite.index.services[service]?.methods ?? []
            guard let method = methods.first(where: { $0.name.lowercased() == parts.method.lowercased() }) else {
                let known = methods.map(\.name).joined(separator: ", ")
                throw CommandFailure(.input, "\(service) has no method \(parts.method): it has \(known)")
            }
            return asTemplate ? text.template(method.input).written() : text.method(method, of: service)
        }
        if !MethodName.services(symbol, among: names).isEmpty {
            guard !asTemplate else {
                throw CommandFailure(
                    .input, "--template: a method or a message is due here, and \(symbol) is a service")
            }
            let service = try MethodName.service(symbol, among: names)
            return suite.index.services[service].map { text.service($0) }
        }
        let types = Array(suite.index.messages.keys) + Array(suite.index.enums.keys)
        let matches = types.contains(symbol) ? [symbol] : types.filter { $0.hasSuffix(".\(symbol)") }.sorted()
        guard matches.count <= 1 else {
            throw CommandFailure(.input, "\(symbol) can be \(matches.joined(separator: " or ")): give the full name")
        }
        return matches.first.map { asTemplate ? text.template($0).written() : text.types(from: [$0]) }
    }

    private static func check(_ suite: ReflectedSuite, found: Bool, _ symbol: String) throws(CommandFailure) {
        if let failure = suite.failures.first, !found || symbol.isEmpty {
            let others = suite.failures.count > 1 ? " (and \(suite.failures.count - 1) more)" : ""
            throw CommandFailure(failure.error, doing: "\(failure.service) cannot be asked\(others)")
        }
        guard found else {
            throw CommandFailure(
                .input, "no service, message or enum \(symbol): `qmctl describe` shows what there is")
        }
    }
}
