import ArgumentParser
import RPC
import TestingMessages
import Transport
import Wire

struct Stream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads streams of large messages from TestService, so many at once, and says how many bytes came.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "HOST:PORT.") var target: String
    @Option(help: "The target's service name in its certificate.") var service = "gateway"
    @Option(help: "Streams at once, each on a connection of its own.") var streams = 4
    @Option(help: "Bytes of each message.") var messageBytes: UInt32 = 65_536
    @Option var seconds = 4.0

    private static let messagesPerCall = 256

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: service, connections: streams)
        let client = TestingV1.TestServiceClient(load.client)
        let request = TestingV1.StreamingOutputRequest(
            responseBytes: [UInt32](repeating: messageBytes, count: Self.messagesPerCall))
        let begin = MonotonicInstant.now
        let end = begin.advanced(byMicroseconds: UInt64(seconds * 1_000_000))
        let bytes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<streams {
                group.addTask(executorPreference: load.loops.all[0]) {
                    var bytes = 0
                    while MonotonicInstant.now < end {
                        for try await response in try await client.streamingOutputCall(request) {
                            bytes += response.payload?.body.count ?? 0
                        }
                    }
                    return bytes
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = Double(MonotonicInstant.now.microseconds(since: begin)) / 1_000_000
        print("bytes \(bytes) seconds \(elapsed) mb_per_s \(Double(bytes) / 1e6 / elapsed)")
        await load.client.close()
    }
}
