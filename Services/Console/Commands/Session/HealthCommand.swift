internal import ArgumentParser
internal import Messages
internal import RPC
internal import Wire

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask whether the suite serves.",
        discussion: """
            The gateway is asked for its own health, then, through it, every service that it routes. Where a service has \
            several copies, one of them answers. A service that is "impaired" serves, but not everything: the reason says \
            what. Exit code 0 only when all serve everything.

            Example:
              qmctl health
            """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let transport = try await environment.connect(gateway)
        let options = gateway.callOptions
        let client = RPCV1.HealthServiceClient(transport)
        var table = TextTable([.init("service"), .init("status"), .init("reason")])

        let own: RPCV1.CheckResponse
        do throws(RPCError) {
            own = try await client.check(RPCV1.CheckRequest(), options: options)
        } catch {
            throw CommandFailure(error, doing: "gateway")
        }
        var words = [Self.words(own)]
        table.append(["gateway", words[0], own.reason])
        let names = try await ReflectedSuite(transport, options: options).names
        for service in names where !service.hasPrefix(ReflectedSuite.everywhere) {
            let answer = await Self.check(service, client, options)
            words.append(Self.words(answer))
            table.append([service, Self.words(answer), answer.reason])
        }
        try environment.print(table.written)
        guard words.allSatisfy({ $0 == Self.serving }) else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    private static func check(
        _ service: String, _ client: RPCV1.HealthServiceClient, _ options: CallOptions
    ) async -> RPCV1.CheckResponse {
        // Under a prefix no single service is named: the process as a whole is asked.
        let request = RPCV1.CheckRequest(service: service.hasSuffix(".") ? "" : service)
        do {
            return try await client.check(request, options: ReflectedSuite.routed(options, to: service))
        } catch {
            return RPCV1.CheckResponse(status: .notServing, reason: "\(RPCError(wrapping: error))")
        }
    }

    private static let serving = "serving"

    private static func words(_ answer: RPCV1.CheckResponse) -> String {
        guard answer.status == .serving else { return "not serving" }
        return answer.reason.isEmpty ? serving : "impaired"
    }
}
