internal import ArgumentParser
internal import Messages
internal import RPC
internal import Wire

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask whether the suite serves.",
        discussion: """
            The gateway is asked for its health, and each service, through the gateway, for something small. Exit code 0 \
            only when all answer.

            Example:
              qmctl health
            """)

    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let transport = try await environment.connect(gateway)
        let options = gateway.callOptions
        var table = TextTable([.init("service"), .init("status"), .init("reason")])

        let own: RPCV1.CheckResponse
        do throws(RPCError) {
            own = try await RPCV1.HealthServiceClient(transport).check(RPCV1.CheckRequest(), options: options)
        } catch {
            throw CommandFailure(error, doing: "gateway")
        }
        table.append(["gateway", own.status == .serving ? "serving" : "not serving", own.reason])
        var allServe = own.status == .serving
        for (service, probe) in Self.probes(transport, options) {
            let failure = await probe()
            let answers = failure.map(Self.isAnswer) ?? true
            allServe = allServe && answers
            table.append([service, answers ? "serving" : "not serving", answers ? "" : failure?.message ?? ""])
        }
        environment.print(table.written)
        guard allServe else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    /// A small question for each service; its status, if that is not OK.
    private static func probes(
        _ transport: any ClientTransport, _ options: CallOptions
    ) -> KeyValuePairs<String, () async -> RPCError?> {
        [
            "registry": {
                await status {
                    _ = try await RegistryV1.RegistryServiceClient(transport).listCampaigns(.init(), options: options)
                }
            },
            "submission": {
                await status {
                    _ = try await SubmissionV1.SubmissionServiceClient(transport)
                        .getReceiptKey(.init(), options: options)
                }
            },
            "statistics": {
                await status {
                    _ = try await StatisticsV1.StatisticsServiceClient(transport)
                        .getCompleteness(.init(), options: options)
                }
            },
            "notification": {
                await status {
                    _ = try await NotificationV1.NotificationServiceClient(transport)
                        .listInbox(.init(), options: options)
                }
            },
        ]
    }

    private static func status(_ call: () async throws -> Void) async -> RPCError? {
        do {
            try await call()
            return nil
        } catch {
            return RPCError(wrapping: error)
        }
    }

    /// A refusal is an answer too: what the questions ask for need not exist.
    private static func isAnswer(_ error: RPCError) -> Bool {
        switch error.code {
        case .unavailable, .deadlineExceeded, .unimplemented, .internal, .dataLoss, .unknown, .cancelled: false
        case .ok, .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .resourceExhausted,
            .failedPrecondition, .aborted, .outOfRange, .unauthenticated:
            true
        }
    }
}
