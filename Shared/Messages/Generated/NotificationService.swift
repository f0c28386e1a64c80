// Generated from Proto/quality/notification/v1/notification.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension NotificationV1 {
    /// An inbox is for the callers of its organisation and of those above it in the reporting line.
    public enum NotificationService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.notification.v1.NotificationService"

        public enum Methods {
            public static let listInbox = MethodDescriptor(
                service: NotificationV1.NotificationService.name, name: "ListInbox", idempotency: .noSideEffects)
            public static let readMessage = MethodDescriptor(
                service: NotificationV1.NotificationService.name, name: "ReadMessage", idempotency: .idempotent)
            public static let acknowledgeMessage = MethodDescriptor(
                service: NotificationV1.NotificationService.name, name: "AcknowledgeMessage", idempotency: .idempotent)

            public static let all: [MethodDescriptor] = [listInbox, readMessage, acknowledgeMessage]
        }
    }
}

extension NotificationV1 {
    /// What serves `quality.notification.v1.NotificationService`.
    public protocol NotificationServiceHandler: Sendable {
        func listInbox(
            _ request: NotificationV1.ListInboxRequest, context: ServerContext
        ) async throws(RPCError) -> NotificationV1.ListInboxResponse

        /// Returns the message and marks it read; the first instant stays. A caller from above reads without marking: only the
        /// organisation itself can say that it was told.
        func readMessage(
            _ request: NotificationV1.ReadMessageRequest, context: ServerContext
        ) async throws(RPCError) -> NotificationV1.ReadMessageResponse

        /// Marks it acknowledged (and read); the first instant stays. For the organisation itself only.
        func acknowledgeMessage(
            _ request: NotificationV1.AcknowledgeMessageRequest, context: ServerContext
        ) async throws(RPCError) -> NotificationV1.AcknowledgeMessageResponse
    }
}

extension NotificationV1.NotificationServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<NotificationV1.ListInboxRequest, NotificationV1.ListInboxResponse>(NotificationV1.NotificationService.Methods.listInbox) { (request, context) throws(RPCError) in
                try await self.listInbox(request, context: context)
            })
        router.register(
            UnaryHandler<NotificationV1.ReadMessageRequest, NotificationV1.ReadMessageResponse>(NotificationV1.NotificationService.Methods.readMessage) { (request, context) throws(RPCError) in
                try await self.readMessage(request, context: context)
            })
        router.register(
            UnaryHandler<NotificationV1.AcknowledgeMessageRequest, NotificationV1.AcknowledgeMessageResponse>(NotificationV1.NotificationService.Methods.acknowledgeMessage) { (request, context) throws(RPCError) in
                try await self.acknowledgeMessage(request, context: context)
            })
    }
}

extension NotificationV1 {
    /// Calls `quality.notification.v1.NotificationService`.
    public struct NotificationServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        public func listInbox(
            _ request: NotificationV1.ListInboxRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> NotificationV1.ListInboxResponse {
            try await transport.unary(
                NotificationService.Methods.listInbox, request, returning: NotificationV1.ListInboxResponse.self, options: options)
        }

        /// Returns the message and marks it read; the first instant stays. A caller from above reads without marking: only the
        /// organisation itself can say that it was told.
        public func readMessage(
            _ request: NotificationV1.ReadMessageRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> NotificationV1.ReadMessageResponse {
            try await transport.unary(
                NotificationService.Methods.readMessage, request, returning: NotificationV1.ReadMessageResponse.self, options: options)
        }

        /// Marks it acknowledged (and read); the first instant stays. For the organisation itself only.
        public func acknowledgeMessage(
            _ request: NotificationV1.AcknowledgeMessageRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> NotificationV1.AcknowledgeMessageResponse {
            try await transport.unary(
                NotificationService.Methods.acknowledgeMessage, request, returning: NotificationV1.AcknowledgeMessageResponse.self, options: options)
        }
    }
}
