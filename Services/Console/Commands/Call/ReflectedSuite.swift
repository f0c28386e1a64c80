internal import Messages
internal import RPC
internal import Reflection
internal import Wire

/// What the running programs say of themselves, asked through the gateway.
struct ReflectedSuite {
    /// Services that every process has: the gateway answers for itself unless the call says whose it means.
    static let everywhere = "quality.rpc.v1."

    private let client: RPCV1.ReflectionServiceClient
    private let options: CallOptions
    /// What the gateway serves and routes. A name that ends in a dot is a prefix.
    let names: [String]
    private(set) var index = DescriptorIndex()
    /// Who could not be asked.
    private(set) var failures: [(service: String, error: RPCError)] = []

    /// Asks the gateway what there is.
    init(_ transport: any ClientTransport, options: CallOptions) async throws(CommandFailure) {
        client = RPCV1.ReflectionServiceClient(transport)
        self.options = options
        do throws(RPCError) {
            names = try await client.listServices(.init(), options: options).service.map(\.name)
        } catch {
            throw CommandFailure(error, doing: "gateway")
        }
    }

    /// Asks the processes of these services for their files.
    mutating func load(_ services: [String]) async {
        var gatewayIsAsked = false
        for service in services {
            let isOwn = service.hasPrefix(Self.everywhere)
            if isOwn, gatewayIsAsked { continue }
            gatewayIsAsked = gatewayIsAsked || isOwn
            do throws(RPCError) {
                let options = isOwn ? options : Self.routed(options, to: service)
                let answer = try await client.getFileDescriptorSet(.init(), options: options)
                for file in try RPCV1.FileDescriptorSet.decode(answer.fileDescriptorSet).file {
                    try index.add(file: file)
                }
            } catch {
                failures.append((service, error))
            }
        }
    }

    /// The services that are listed, or stand under a listed prefix, and are described.
    var services: [DescribedService] {
        index.services.values.filter { service in
            names.contains { $0 == service.name || $0.hasSuffix(".") && service.name.hasPrefix($0) }
        }.sorted { $0.name < $1.name }
    }

    /// The same options, for the process behind a service.
    static func routed(_ options: CallOptions, to service: String) -> CallOptions {
        var options = options
        options.metadata.append("route-service", service)
        return options
    }
}
