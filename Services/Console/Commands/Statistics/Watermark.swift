internal import Journal
internal import MessageJSON
internal import Messages
internal import Reporting
internal import ReportingMessages

extension StatisticsV1.Watermark {
    /// The least that an answer must hold so that it holds these receipts: in each partition the latest of them.
    init(holding paths: [String]) throws(CommandFailure) {
        var latest: [UInt32: TypeV1.PartitionCursor] = [:]
        var epoch: [UInt8]?
        for file in try ConsoleEnvironment.receipts(at: paths) {
            let message = try TypeV1.Receipt(file: file)
            let receipt = try Receipt(message, file: file)
            let position = receipt.proof.header.position
            guard epoch == nil || epoch == position.epoch.bytes else {
                throw CommandFailure(.input, "\(file): this receipt is of another epoch than the first: leave one out")
            }
            epoch = position.epoch.bytes
            guard position.sequence > latest[position.partition]?.sequence ?? 0 else { continue }
            latest[position.partition] = TypeV1.PartitionCursor(
                partition: position.partition, sequence: position.sequence,
                hash: receipt.proof.header.hash(Receipt.sha256).bytes)
        }
        let partitions = latest.values.sorted { $0.partition < $1.partition }
        self.init(submission: TypeV1.Cursor(epoch: epoch ?? [], partitions: partitions))
    }

    var json: JSONValue {
        .object(["registry": registry?.json ?? .null, "submission": submission?.json ?? .null])
    }
}

extension TypeV1.Cursor {
    fileprivate var json: JSONValue {
        .object([
            "epoch": .text(Hexadecimal.written(epoch)),
            "partitions": .array(
                partitions.map { partition in
                    .object([
                        "partition": .number(partition.partition), "sequence": .number(partition.sequence),
                        "hash": .text(Hexadecimal.written(partition.hash)),
                    ])
                }),
        ])
    }
}
