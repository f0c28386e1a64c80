internal import Journal
internal import MessageJSON
internal import Messages
internal import Reporting
internal import ReportingMessages

extension StatisticsV1.Watermark {
    /// The least that an answer must hold so that it holds these receipts.
    init(holding paths: [String]) throws(CommandFailure) {
        var cursor: LogCursor?
        for file in try ConsoleEnvironment.receipts(at: paths) {
            let message = try TypeV1.Receipt(file: file)
            let position = try Receipt(message, file: file).position
            guard cursor == nil || cursor?.epoch == position.epoch else {
                throw CommandFailure(.input, "\(file): this receipt is of another epoch than the first: leave one out")
            }
            cursor = LogCursor(epoch: position.epoch, size: max(cursor?.size ?? 0, position.index + 1))
        }
        self.init(submission: TypeV1.Cursor(epoch: cursor?.epoch.bytes ?? [], size: cursor?.size ?? 0))
    }

    var json: JSONValue {
        .object(["registry": registry?.json ?? .null, "submission": submission?.json ?? .null])
    }
}

extension TypeV1.Cursor {
    fileprivate var json: JSONValue {
        .object(["epoch": .text(Hexadecimal.written(epoch)), "size": .number(size)])
    }
}
