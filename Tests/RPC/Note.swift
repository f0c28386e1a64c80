import RPC
import Wire

/// A message of the tests' own: text as UTF-8.
struct Note: RPC.Message, Hashable {
    static let messageName = "quality.testing.v1.Note"

    var text: String

    init(_ text: String) {
        self.text = text
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Note {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RPCError(.invalidArgument, "\(messageName): text is not UTF-8")
        }
        return Note(text)
    }

    func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(RPCError) -> Result {
        guard text != Self.tooLarge else { throw RPCError(.internal, "\(Self.messageName): too large") }
        return Array(text.utf8).withUnsafeBytes(body)
    }

    /// Stands for a message that cannot be encoded.
    static let tooLarge = "too large"
}

/// Bytes as they are: what `Note` may not be able to read.
struct Raw: RPC.Message, Hashable {
    static let messageName = "quality.testing.v1.Raw"

    var bytes: [UInt8]

    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Raw {
        Raw(bytes: Array(bytes))
    }

    func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(RPCError) -> Result {
        bytes.withUnsafeBytes(body)
    }
}

/// The methods the tests call, one a shape.
enum Methods {
    static let service = "quality.testing.v1.NoteService"
    static let unary = MethodDescriptor(service: service, name: "Unary")
    static let upload = MethodDescriptor(service: service, name: "Upload", isClientStreaming: true)
    static let download = MethodDescriptor(service: service, name: "Download", isServerStreaming: true)
    static let chat = MethodDescriptor(
        service: service, name: "Chat", isClientStreaming: true, isServerStreaming: true)
}

let city = CallerIdentity(uri: "spiffe://quality.test/org/henan-zhengzhou/reporter")!

/// A transport to one handler.
func transport(
    to handler: some MethodHandler, clock: any MonotonicClock = ManualClock(), queueLimitMessages: Int = 4
) -> InProcessTransport {
    var router = Router()
    router.register(handler)
    return InProcessTransport(router, caller: city, clock: clock, queueLimitMessages: queueLimitMessages)
}

/// Holds whoever waits until it is opened.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func open() {
        continuation.finish()
    }

    func wait() async {
        for await _ in stream {}
    }
}
