internal import ArgumentParser
internal import Messages
internal import RPC
internal import Wire

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask whether the suite serves.",
        discussion: """
            Without a name the gateway itself and the four services are asked. Exit code 0 only when all serve.

            Examples:
              qmctl health
              qmctl health quality.submission.v1.SubmissionService
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "Full service names.") var services: [String] = []

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = RPCV1.HealthServiceClient(try await environment.connect(gateway))
        let asked = services.isEmpty ? Self.suite : services
        var table = TextTable([.init("service"), .init("status"), .init("reason")])
        var allServe = true
        for service in asked {
            do throws(RPCError) {
                let request = RPCV1.CheckRequest(service: service)
                let response = try await client.check(request, options: gateway.callOptions)
                allServe = allServe && response.status == .serving
                table.append([service.isEmpty ? "gateway" : service, response.status.words, response.reason])
            } catch {
                let failure = CommandFailure(error, doing: service.isEmpty ? "gateway" : service)
                // Nobody there at all: nothing to make a table of.
                if service.isEmpty, failure.kind == .unreachable { throw failure }
                allServe = false
                table.append([service, error.code.name, error.message])
            }
        }
        environment.print(table.written)
        guard allServe else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    private static let suite = [
        "", RegistryV1.RegistryService.name, SubmissionV1.SubmissionService.name, StatisticsV1.StatisticsService.name,
        NotificationV1.NotificationService.name,
    ]
}

extension RPCV1.ServingStatus {
    fileprivate var words: String {
        switch self {
        case .serving: "serving"
        case .notServing: "not serving"
        case .serviceUnknown: "unknown here"
        case .unspecified: "-"
        case .unrecognized(let number): "status \(number)"
        }
    }
}
