// Generated from Proto/quality/testing/v1/testing.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension TestingV1 {
    public enum BenchmarkService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.testing.v1.BenchmarkService"

        public enum Methods {
            public static let submit = MethodDescriptor(
                service: TestingV1.BenchmarkService.name, name: "Submit", idempotency: .idempotent)

            public static let all: [MethodDescriptor] = [submit]
        }
    }
}

extension TestingV1 {
    /// What serves `quality.testing.v1.BenchmarkService`.
    public protocol BenchmarkServiceHandler: Sendable {
        func submit(
            _ request: TestingV1.SubmitRequest, context: ServerContext
        ) async throws(RPCError) -> TestingV1.SubmitResponse
    }
}

extension TestingV1.BenchmarkServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<TestingV1.SubmitRequest, TestingV1.SubmitResponse>(TestingV1.BenchmarkService.Methods.submit) { (request, context) throws(RPCError) in
                try await self.submit(request, context: context)
            })
    }
}

extension TestingV1 {
    /// Calls `quality.testing.v1.BenchmarkService`.
    public struct BenchmarkServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        public func submit(
            _ request: TestingV1.SubmitRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TestingV1.SubmitResponse {
            try await transport.unary(
                BenchmarkService.Methods.submit, request, returning: TestingV1.SubmitResponse.self, options: options)
        }
    }
}

extension TestingV1 {
    public enum TestService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.testing.v1.TestService"

        public enum Methods {
            public static let emptyCall = MethodDescriptor(
                service: TestingV1.TestService.name, name: "EmptyCall", idempotency: .noSideEffects)
            public static let unaryCall = MethodDescriptor(
                service: TestingV1.TestService.name, name: "UnaryCall")
            public static let streamingInputCall = MethodDescriptor(
                service: TestingV1.TestService.name, name: "StreamingInputCall", isClientStreaming: true)
            public static let streamingOutputCall = MethodDescriptor(
                service: TestingV1.TestService.name, name: "StreamingOutputCall", isServerStreaming: true)
            public static let fullDuplexCall = MethodDescriptor(
                service: TestingV1.TestService.name, name: "FullDuplexCall", isClientStreaming: true, isServerStreaming: true)

            public static let all: [MethodDescriptor] = [emptyCall, unaryCall, streamingInputCall, streamingOutputCall, fullDuplexCall]
        }
    }
}

extension TestingV1 {
    /// What serves `quality.testing.v1.TestService`.
    public protocol TestServiceHandler: Sendable {
        func emptyCall(
            _ request: TestingV1.Empty, context: ServerContext
        ) async throws(RPCError) -> TestingV1.Empty

        func unaryCall(
            _ request: TestingV1.SimpleRequest, context: ServerContext
        ) async throws(RPCError) -> TestingV1.SimpleResponse

        func streamingInputCall(
            _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
        ) async throws(RPCError) -> TestingV1.StreamingInputResponse

        func streamingOutputCall(
            _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
        ) async throws(RPCError)

        func fullDuplexCall(
            _ requests: RequestStream<TestingV1.StreamingOutputRequest>, responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
        ) async throws(RPCError)
    }
}

extension TestingV1.TestServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<TestingV1.Empty, TestingV1.Empty>(TestingV1.TestService.Methods.emptyCall) { (request, context) throws(RPCError) in
                try await self.emptyCall(request, context: context)
            })
        router.register(
            UnaryHandler<TestingV1.SimpleRequest, TestingV1.SimpleResponse>(TestingV1.TestService.Methods.unaryCall) { (request, context) throws(RPCError) in
                try await self.unaryCall(request, context: context)
            })
        router.register(
            ClientStreamingHandler<TestingV1.StreamingInputRequest, TestingV1.StreamingInputResponse>(TestingV1.TestService.Methods.streamingInputCall) { (requests, context) throws(RPCError) in
                try await self.streamingInputCall(requests, context: context)
            })
        router.register(
            ServerStreamingHandler<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>(TestingV1.TestService.Methods.streamingOutputCall) { (request, responses, context) throws(RPCError) in
                try await self.streamingOutputCall(request, responses: responses, context: context)
            })
        router.register(
            BidirectionalHandler<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>(TestingV1.TestService.Methods.fullDuplexCall) { (requests, responses, context) throws(RPCError) in
                try await self.fullDuplexCall(requests, responses: responses, context: context)
            })
    }
}

extension TestingV1 {
    /// Calls `quality.testing.v1.TestService`.
    public struct TestServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        public func emptyCall(
            _ request: TestingV1.Empty, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TestingV1.Empty {
            try await transport.unary(
                TestService.Methods.emptyCall, request, returning: TestingV1.Empty.self, options: options)
        }

        public func unaryCall(
            _ request: TestingV1.SimpleRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TestingV1.SimpleResponse {
            try await transport.unary(
                TestService.Methods.unaryCall, request, returning: TestingV1.SimpleResponse.self, options: options)
        }

        public func streamingInputCall(
            options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ClientStreamingCall<TestingV1.StreamingInputRequest, TestingV1.StreamingInputResponse> {
            ClientStreamingCall(try await transport.open(TestService.Methods.streamingInputCall, options: options))
        }

        public func streamingOutputCall(
            _ request: TestingV1.StreamingOutputRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ResponseStream<TestingV1.StreamingOutputResponse> {
            let call = try await transport.open(TestService.Methods.streamingOutputCall, options: options)
            try await call.send(request)
            call.finishSending()
            return ResponseStream(call)
        }

        public func fullDuplexCall(
            options: CallOptions = CallOptions()
        ) async throws(RPCError) -> BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse> {
            BidirectionalCall(try await transport.open(TestService.Methods.fullDuplexCall, options: options))
        }
    }
}
