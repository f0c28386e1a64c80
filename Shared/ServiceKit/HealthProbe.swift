internal import Balancing
internal import MessageRuntime
internal import Messages
internal import RPC
public import Transport

extension HealthProbe {
    /// Asks `quality.rpc.v1.HealthService` for a service by its name, or for the whole process by the empty one.
    public init(service: String) {
        let request = (try? RPCV1.WatchRequest(service: service).encodedBytes()) ?? []
        self.init(request: request) { bytes in
            guard let response = try? RPCV1.WatchResponse.decode(bytes) else { return nil }
            return switch response.status {
            case .serving: .serving
            case .serviceUnknown: .notServing(reason: "the process does not have the service")
            default: .notServing(reason: response.reason)
            }
        }
    }
}
