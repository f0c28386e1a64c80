internal import ArgumentParser
internal import Messages
internal import RPC
internal import Wire

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask whether the suite serves.",
        discussion: """
            The gateway is asked for its own health, then, through it, every service that it routes. Where a service has \
            several copies, one of them answers. Exit code 0 only when all serve.

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
        var allServe = own.status == .serving
        table.append(["gateway", Self.words(own.status), own.reason])
        let names = try await ReflectedSuite(transport, options: options).names
        for service in names where !service.hasPrefix(ReflectedSuite.everywhere) {
            let (status, reason) = await Self.check(service, client, options)
            allServe = allServe && status == .serving
            table.append([service, Self.words(status), reason])
        }
        try environment.print(table.written)
        guard allServe else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    private static func check(
        _ service: String, _ client: RPCV1.HealthServiceClient, _ options: CallOptions
    ) async -> (RPCV1.ServingStatus, reason: String) {
        // Under a prefix no single service is named: the process as a whole is asked.
        let request = RPCV1.CheckRequest(service: service.hasSuffix(".") ? "" : service)
        do {
            let answer = try await client.check(request, options: ReflectedSuite.routed(options, to: service))
            return (answer.status, answer.reason)
        } catch {
            return (.notServing, "\(RPCError(wrapping: error))")
        }
    }

    private static func words(_ status: RPCV1.ServingStatus) -> String {
        status == .serving ? "serving" : "not serving"
    }
}
