internal import ArgumentParser
internal import MessageJSON
internal import MessageRuntime
internal import Messages
internal import RPC
internal import Wire

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call any method, with JSON.",
        discussion: """
            The service's name may be short: Submission/Push is quality.submission.v1.SubmissionService/Push. Messages \
            are JSON as protobuf maps it: fields in lowerCamelCase or as in the .proto, bytes in base64, enums by name or \
            number, 64-bit numbers best as texts. Every response is written as it comes. `qmctl describe \
            SERVICE/METHOD --template` writes a request to fill in.

            A method that takes a stream takes any number of values, one behind the other; without -d it gets none, and \
            every other method an empty message.

            Examples:
              qmctl call Registry/ListCampaigns
              qmctl call Registry/GetForm -d '{"campaign": "henan-2019-open-day", "form": "open-day-summary"}'
              qmctl call Submission/PushStream -d @items.json
              qmctl call Health/Check --metadata route-service=quality.registry.v1.RegistryService
            """)

    /// All that is read for one call.
    static let maximumDataBytes = 64 << 20

    @OptionGroup var gateway: GatewayOptions

    @Argument(help: ArgumentHelp("The method.", valueName: "service/method"))
    var method: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The request as JSON; @FILE reads it from a file, - from the standard input. May be given again.",
            valueName: "json"))
    var data: [String] = []

    @Option(
        help: ArgumentHelp(
            "Metadata of the call; hexadecimal for a key that ends in -bin. May be given again.", valueName: "key=value"
        ))
    var metadata: [String] = []

    @Flag(help: "Show fields that hold nothing but their default.")
    var showDefaults = false

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let method = try MethodName.method(method, in: environment.catalogs)
        let mapping = try MessageJSON(environment.catalogs)
        let requests = try requests(of: method, mapping, environment)
        var options = gateway.callOptions
        options.metadata = try Self.metadata(metadata)
        let transport = try await environment.connect(gateway)
        do {
            try await carryOut(method, requests, on: transport, options) { response in
                let json = try mapping.json(of: response.bytes, as: method.response.schema, showsDefaults: showDefaults)
                try environment.print(json.written())
            }
        } catch let error as RPCError {
            if let detail = try? mapping.json(of: error.details, as: TypeV1.ErrorDetail.schema),
                !error.details.isEmpty
            {
                environment.report(detail.written() + "\n")
            }
            throw CommandFailure(error, doing: method.descriptor.path)
        }
    }

    private func carryOut(
        _ method: MessageCatalog.Method, _ requests: [EncodedMessage], on transport: any ClientTransport,
        _ options: CallOptions, _ show: (EncodedMessage) throws -> Void
    ) async throws {
        let descriptor = method.descriptor
        guard descriptor.isClientStreaming || descriptor.isServerStreaming else {
            // `requests` holds one: see requests(of:).
            return try show(
                await transport.unary(
                    descriptor, requests[0], returning: EncodedMessage.self, options: options))
        }
        let call = try await transport.open(descriptor, options: options)
        // Beside the receiving: the server may answer, or end the call, before it has everything. What goes wrong with
        // sending shows in the call's status.
        let sending = Task {
            do throws(RPCError) {
                for request in requests { try await call.send(request) }
                call.finishSending()
            } catch {}
        }
        defer { sending.cancel() }
        var responses = 0
        while let response = try await call.receive(EncodedMessage.self) {
            responses += 1
            if !descriptor.isServerStreaming, responses > 1 {
                call.cancel()
                throw RPCError(.unimplemented, "the server sent more than one response")
            }
            try show(response)
        }
        guard descriptor.isServerStreaming || responses == 1 else {
            throw RPCError(.unimplemented, "the server ended the call OK without a response")
        }
    }

    // MARK: What is sent

    private func requests(
        of method: MessageCatalog.Method, _ mapping: MessageJSON, _ environment: ConsoleEnvironment
    ) throws(CommandFailure) -> [EncodedMessage] {
        var requests: [EncodedMessage] = []
        var totalBytes = 0
        for entry in data {
            let (place, text) = try Self.text(entry, environment)
            totalBytes += text.count
            guard totalBytes <= Self.maximumDataBytes else {
                throw CommandFailure(
                    .input, "\(place): more than \(Self.maximumDataBytes) bytes: send less in one call")
            }
            do throws(TextError) {
                for value in try JSONValue.sequence(parsing: text) {
                    requests.append(try Self.request(value, method, mapping))
                }
            } catch {
                throw CommandFailure(.input, "\(place):\(error.line):\(error.column): \(error.message)")
            }
        }
        guard !method.descriptor.isClientStreaming else { return requests }
        if data.isEmpty { return [EncodedMessage([])] }
        guard requests.count == 1 else {
            throw CommandFailure(
                .input, "\(method.descriptor.path) takes one request, and --data gives \(requests.count): give one")
        }
        return requests
    }

    private static func request(
        _ value: JSONValue, _ method: MessageCatalog.Method, _ mapping: MessageJSON
    ) throws(TextError) -> EncodedMessage {
        do {
            return EncodedMessage(try mapping.bytes(of: value, as: method.request.schema))
        } catch {
            throw TextError(line: error.line, column: error.column, message: error.description)
        }
    }

    /// What `--data` names, and its text.
    private static func text(
        _ entry: String, _ environment: ConsoleEnvironment
    ) throws(CommandFailure) -> (place: String, text: [UInt8]) {
        if entry == "-" { return ("standard input", try environment.readStandardInput()) }
        guard entry.hasPrefix("@") else { return ("--data", Array(entry.utf8)) }
        let path = String(entry.dropFirst())
        return (path, try ConsoleEnvironment.contents(of: path))
    }

    private static func metadata(_ entries: [String]) throws(CommandFailure) -> Metadata {
        var metadata = Metadata()
        for entry in entries {
            guard let equals = entry.firstIndex(of: "="), equals > entry.startIndex else {
                throw CommandFailure(.input, "--metadata \(entry): KEY=VALUE is due here")
            }
            let key = String(entry[..<equals]), value = String(entry[entry.index(after: equals)...])
            guard key.hasSuffix("-bin") else {
                metadata.append(key, value)
                continue
            }
            guard let bytes = Hexadecimal.bytes(value) else {
                throw CommandFailure(.input, "--metadata \(entry): a key in -bin takes its bytes in hexadecimal")
            }
            metadata.append(key, bytes: bytes)
        }
        return metadata
    }
}
