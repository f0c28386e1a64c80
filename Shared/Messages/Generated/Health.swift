// Generated from Proto/quality/rpc/v1/health.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

extension RPCV1 {
    public enum ServingStatus: RawRepresentable, Hashable, Sendable {
        case unspecified
        case serving
        case notServing
        /// Watch only: the service is not known here (yet).
        case serviceUnknown
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .serving
            case 2: self = .notServing
            case 3: self = .serviceUnknown
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .serving: 1
            case .notServing: 2
            case .serviceUnknown: 3
            case .unrecognized(let number): number
            }
        }
    }

    public struct CheckRequest: GeneratedMessage, Hashable, Sendable {
        /// A full service name such as "quality.registry.v1.RegistryService"; empty for the whole process.
        public var service: String
        /// What time it is, as far as the caller knows: microseconds since 1970-01-01T00:00:00Z. Services say so to the gateway, so
        /// that each can tell a wrong clock; 0: not said.
        public var nowUnixUs: Int64

        public init(
            service: String = "",
            nowUnixUs: Int64 = 0
        ) {
            self.service = service
            self.nowUnixUs = nowUnixUs
        }
    }

    public struct CheckResponse: GeneratedMessage, Hashable, Sendable {
        public var status: RPCV1.ServingStatus
        /// For a person: why nothing is served, or what of it is not though the status is SERVING (nothing can be written, say);
        /// empty when all is well.
        public var reason: String
        /// What time it is, as far as this process knows: its clock, or while that has jumped or most others contradict it, what it
        /// should show. Microseconds since 1970-01-01T00:00:00Z. A rehearsal's clock is not meant.
        public var nowUnixUs: Int64

        public init(
            status: RPCV1.ServingStatus = .unspecified,
            reason: String = "",
            nowUnixUs: Int64 = 0
        ) {
            self.status = status
            self.reason = reason
            self.nowUnixUs = nowUnixUs
        }
    }

    public struct WatchRequest: GeneratedMessage, Hashable, Sendable {
        public var service: String

        public init(
            service: String = ""
        ) {
            self.service = service
        }
    }

    public struct WatchResponse: GeneratedMessage, Hashable, Sendable {
        public var status: RPCV1.ServingStatus
        /// As in CheckResponse.
        public var reason: String

        public init(
            status: RPCV1.ServingStatus = .unspecified,
            reason: String = ""
        ) {
            self.status = status
            self.reason = reason
        }
    }
}
