import ArgumentParser
import RPC
import TestingMessages

struct Codec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encodes and decodes the 816-byte report: the Swift value, through protobuf-c, and back.")

    @Option var rounds = 300_000

    func run() async throws {
        let report = Load.report
        let bytes = try report.encodedBytes()
        guard bytes.count == 816 else {
            throw ValidationError("the report has \(bytes.count) bytes, the peers' has 816")
        }
        var total = 0
        let encode = try microseconds { () throws(RPCError) in total += try report.withEncodedBytes { $0.count } }
        let decode = try microseconds { () throws(RPCError) in
            total += try TestingV1.SubmitRequest.decode(bytes).values.count
        }
        print("encode_us \(encode) decode_us \(decode) checked \(total)")
    }

    /// CPU microseconds a round of `body`.
    private func microseconds(_ body: () throws(RPCError) -> Void) throws(RPCError) -> Double {
        let begin = ProcessTime.microseconds
        for _ in 0..<rounds { try body() }
        return Double(ProcessTime.microseconds - begin) / Double(rounds)
    }
}
