import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes, for each service of a .proto file, its method descriptors, the protocol its handler conforms to and the
/// client.
struct ServiceWriter {
    private(set) var printer: CodePrinter

    var content: String { printer.content }

    init(_ file: FileDescriptor) {
        printer = CodePrinter(headOf: file, imports: ["public import RPC"])
        let namespace = SwiftNames.namespace(of: file)
        for (index, service) in file.services.enumerated() {
            if index > 0 { printer.print("") }
            Self.writeDescriptors(of: service, namespace, to: &printer)
            printer.print("")
            Self.writeHandler(of: service, namespace, to: &printer)
            printer.print("")
            Self.writeRegistration(of: service, namespace, to: &printer)
            printer.print("")
            Self.writeClient(of: service, namespace, to: &printer)
        }
    }

    // MARK: Descriptors

    private static func writeDescriptors(
        of service: ServiceDescriptor, _ namespace: String, to printer: inout CodePrinter
    ) {
        printer.block("extension \(namespace)") { printer in
            printer.printComment(of: service)
            printer.block("public enum \(service.name)") { printer in
                printer.print("/// The full name, as routes and health checks know it.")
                printer.print("public static let name = \"\(service.fullName)\"", "")
                printer.block("public enum Methods") { printer in
                    for method in service.methods {
                        printer.print(
                            "public static let \(SwiftNames.method(method)) = MethodDescriptor(",
                            "    service: \(namespace).\(service.name).name, name: \"\(method.name)\"\(traits(of: method)))"
                        )
                    }
                    let names = service.methods.map { SwiftNames.method($0) }.joined(separator: ", ")
                    printer.print("", "public static let all: [MethodDescriptor] = [\(names)]")
                }
            }
        }
    }

    private static func traits(of method: SwiftProtobufPluginLibrary.MethodDescriptor) -> String {
        var traits = ""
        if method.clientStreaming { traits += ", isClientStreaming: true" }
        if method.serverStreaming { traits += ", isServerStreaming: true" }
        switch method.options.idempotencyLevel {
        case .idempotencyUnknown: break
        case .idempotent: traits += ", idempotency: .idempotent"
        case .noSideEffects: traits += ", idempotency: .noSideEffects"
        }
        return traits
    }

    // MARK: Server

    private static func writeHandler(of service: ServiceDescriptor, _ namespace: String, to printer: inout CodePrinter)
    {
        printer.block("extension \(namespace)") { printer in
            printer.print("/// What serves `\(service.fullName)`.")
            printer.block("public protocol \(service.name)Handler: Sendable") { printer in
                for (index, method) in service.methods.enumerated() {
                    if index > 0 { printer.print("") }
                    printer.printComment(of: method)
                    printer.print("func \(SwiftNames.method(method))(")
                    printer.printIndented(handlerParameters(of: method))
                    printer.print(")" + effects(method.serverStreaming ? nil : SwiftNames.type(method.outputType)))
                }
            }
        }
    }

    private static func handlerParameters(of method: SwiftProtobufPluginLibrary.MethodDescriptor) -> String {
        let input = SwiftNames.type(method.inputType!), output = SwiftNames.type(method.outputType!)
        let request = method.clientStreaming ? "_ requests: RequestStream<\(input)>" : "_ request: \(input)"
        let responses = method.serverStreaming ? ", responses: ResponseWriter<\(output)>" : ""
        return "\(request)\(responses), context: ServerContext"
    }

    private static func effects(_ result: String?) -> String {
        " async throws(RPCError)" + (result.map { " -> \($0)" } ?? "")
    }

    private static func writeRegistration(
        of service: ServiceDescriptor, _ namespace: String, to printer: inout CodePrinter
    ) {
        printer.block("extension \(namespace).\(service.name)Handler") { printer in
            printer.print("/// Makes `router` serve every method of the service with this handler.")
            printer.block("public func register(on router: inout Router)") { printer in
                for method in service.methods {
                    writeRegistration(of: method, namespace, to: &printer)
                }
            }
        }
    }

    private static func writeRegistration(
        of method: SwiftProtobufPluginLibrary.MethodDescriptor, _ namespace: String, to printer: inout CodePrinter
    ) {
        let input = SwiftNames.type(method.inputType!), output = SwiftNames.type(method.outputType!)
        let name = SwiftNames.method(method)
        let descriptor = "\(namespace).\(method.service!.name).Methods.\(name)"
        let type =
            switch (method.clientStreaming, method.serverStreaming) {
            case (false, false): "UnaryHandler"
            case (true, false): "ClientStreamingHandler"
            case (false, true): "ServerStreamingHandler"
            case (true, true): "BidirectionalHandler"
            }
        let request = method.clientStreaming ? "requests" : "request"
        let parameters = method.serverStreaming ? "\(request), responses, context" : "\(request), context"
        let arguments =
            method.serverStreaming
            ? "\(request), responses: responses, context: context" : "\(request), context: context"
        printer.print("router.register(")
        printer.withIndentation { printer in
            printer.print("\(type)<\(input), \(output)>(\(descriptor)) { (\(parameters)) throws(RPCError) in")
            printer.printIndented("try await self.\(name)(\(arguments))")
            printer.print("})")
        }
    }

    // MARK: Client

    private static func writeClient(of service: ServiceDescriptor, _ namespace: String, to printer: inout CodePrinter) {
        printer.block("extension \(namespace)") { printer in
            printer.print("/// Calls `\(service.fullName)`.")
            printer.block("public struct \(service.name)Client: Sendable") { printer in
                printer.print("public let transport: any ClientTransport", "")
                printer.block("public init(_ transport: any ClientTransport)") { printer in
                    printer.print("self.transport = transport")
                }
                for method in service.methods {
                    printer.print("")
                    writeCall(of: method, to: &printer)
                }
            }
        }
    }

    private static func writeCall(
        of method: SwiftProtobufPluginLibrary.MethodDescriptor, to printer: inout CodePrinter
    ) {
        let input = SwiftNames.type(method.inputType!), output = SwiftNames.type(method.outputType!)
        let name = SwiftNames.method(method)
        let descriptor = "\(method.service!.name).Methods.\(name)"
        let request = method.clientStreaming ? "" : "_ request: \(input), "
        let result =
            switch (method.clientStreaming, method.serverStreaming) {
            case (false, false): output
            case (true, false): "ClientStreamingCall<\(input), \(output)>"
            case (false, true): "ResponseStream<\(output)>"
            case (true, true): "BidirectionalCall<\(input), \(output)>"
            }
        printer.printComment(of: method)
        printer.print("public func \(name)(", "    \(request)options: CallOptions = CallOptions()")
        printer.block(")" + effects(result)) { printer in
            switch (method.clientStreaming, method.serverStreaming) {
            case (false, false):
                printer.print("try await transport.unary(")
                printer.printIndented("\(descriptor), request, returning: \(output).self, options: options)")
            case (false, true):
                printer.print("let call = try await transport.open(\(descriptor), options: options)")
                printer.print("try await call.send(request)", "call.finishSending()", "return ResponseStream(call)")
            case (true, false), (true, true):
                let wrapper = method.serverStreaming ? "BidirectionalCall" : "ClientStreamingCall"
                printer.print("\(wrapper)(try await transport.open(\(descriptor), options: options))")
            }
        }
    }
}
