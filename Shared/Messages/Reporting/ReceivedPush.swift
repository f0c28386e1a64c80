internal import CMessages
internal import MessageRuntime
package import Messages
public import RPC
package import Reporting

/// A push as it came: the bytes of a `SubmissionV1.PushRequest`, to be looked at where they lie.
public struct ReceivedPush: Message {
    public static let messageName = SubmissionV1.PushRequest.messageName

    /// An encoded `SubmissionV1.PushRequest`, or what was sent as one; of a batch's bytes, those of one item.
    public let bytes: ArraySlice<UInt8>

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// As if it had come.
    package init(_ request: SubmissionV1.PushRequest) throws(RPCError) {
        bytes = try request.encodedBytes()[...]
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> ReceivedPush {
        ReceivedPush(bytes: Array(bytes)[...])
    }

    public func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }

    /// Has protobuf-c unpack the message and lends it to `body`. `nil` when it has no report. Throws INVALID_ARGUMENT for what
    /// is no message.
    package func read<Result>(
        _ body: (BorrowedPush) throws(RPCError) -> Result?
    ) throws(RPCError) -> Result? {
        try bytes.span.bytes.withUnsafeBytes { bytes throws(RPCError) in
            try Decoding.decode(bytes, SubmissionV1.PushRequest.schema, .standard) { (c, texts) throws(RPCError) in
                guard let push = BorrowedPush(c, texts) else { return nil }
                return try body(push)
            }
        }
    }

    /// The message as a value.
    package func value() throws(RPCError) -> SubmissionV1.PushRequest {
        try bytes.span.bytes.withUnsafeBytes { bytes throws(RPCError) in try .decode(bytes) }
    }
}

/// A push in protobuf-c's memory, good for as long as it is lent.
package struct BorrowedPush {
    private let request: UnsafePointer<Quality__Submission__V1__PushRequest>
    private let message: UnsafeMutablePointer<Quality__Submission__V1__Report>
    private let texts: TextReader

    init?(_ c: UnsafeRawPointer, _ texts: TextReader) {
        request = c.assumingMemoryBound(to: Quality__Submission__V1__PushRequest.self)
        guard let report = request.pointee.report else { return nil }
        message = report
        self.texts = texts
    }

    package var formVersion: UInt32 { message.pointee.form_version }
    package var baseVersion: UInt64 { request.pointee.base_version }

    package func campaign() throws(RPCError) -> String {
        try texts.text(message.pointee.campaign, "quality.submission.v1.Report.campaign")
    }

    package func form() throws(RPCError) -> String {
        try texts.text(message.pointee.form, "quality.submission.v1.Report.form")
    }

    package func reportingUnit() throws(RPCError) -> String {
        try texts.text(message.pointee.reporting_unit, "quality.submission.v1.Report.reporting_unit")
    }

    package func idempotencyKey() throws(RPCError) -> String {
        try texts.text(request.pointee.idempotency_key, "quality.submission.v1.PushRequest.idempotency_key")
    }

    /// How many cells and rows it has, without looking at any.
    package var cellsAndRows: Int {
        rows.reduce(message.pointee.n_cells) { $0 + 1 + ($1?.pointee.n_cells ?? 0) }
    }

    private var rows: UnsafeBufferPointer<UnsafeMutablePointer<Quality__Type__V1__Row>?> {
        UnsafeBufferPointer(start: message.pointee.rows, count: message.pointee.n_rows)
    }

    /// The report as the first field of a `ReportAccepted`, with its tag and length: as it came where it is just so long as
    /// what protobuf-c has read from it takes at least, and packed again where it is longer, since it may hold what was read
    /// over, such as a field twice. `bytes` are those of the push. For a report that was lent (``report()``): others may have
    /// fields that nobody knows.
    package func reportField(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let (packedBytes, header) = packedSize()
        if bytes.count >= header.count + packedBytes, bytes.starts(with: header) {
            return bytes.prefix(header.count + packedBytes)
        }
        return packed(packedBytes, behind: header)
    }

    /// The same, with what `report` has in these places.
    package func reportField(_ report: BorrowedReport, replaced places: [PersonalCell]) -> ArraySlice<UInt8> {
        for place in places {
            let cells = place.row.map { rows[$0]?.pointee.cells } ?? message.pointee.cells
            guard let cell = cells?[place.cell], case .text(let text) = report[place].value else {
                preconditionFailure("a personal cell is not where it was found")
            }
            // The arena is ours until the push is given back, and no text in it is written to.
            cell.pointee.kind_case = QUALITY__TYPE__V1__CELL__KIND_TEXT
            cell.pointee.text = ProtobufCBinaryData(
                len: text.bytes.count, data: UnsafeMutablePointer(mutating: text.bytes.baseAddress))
            cell.pointee.explanation = ProtobufCBinaryData(len: 0, data: nil)
        }
        let (packedBytes, header) = packedSize()
        return packed(packedBytes, behind: header)
    }

    /// How many bytes the report takes at least, and the tag and length that stand before it in both messages.
    private func packedSize() -> (bytes: Int, header: [UInt8]) {
        let byteCount = protobuf_c_message_get_packed_size(&message.pointee.base)
        return (byteCount, [UInt8].head(ofField: 1, byteCount: byteCount))
    }

    private func packed(_ byteCount: Int, behind header: [UInt8]) -> ArraySlice<UInt8> {
        Array(unsafeUninitializedCapacity: header.count + byteCount) { bytes, count in
            _ = bytes.initialize(fromContentsOf: header)
            count = header.count
            guard byteCount > 0, let start = bytes.baseAddress else { return }
            count += protobuf_c_message_pack(&message.pointee.base, start + header.count)
        }[...]
    }

    /// The report. `nil` when it has something that a value would lose or a finding must name: a field that this version does
    /// not know, a date that does not exist. Throws INVALID_ARGUMENT for text that is not UTF-8.
    package func report() throws(RPCError) -> BorrowedReport? {
        guard message.pointee.base.n_unknown_fields == 0 else { return nil }
        let rows = rows
        var report = BorrowedReport(
            campaign: try texts.lend(message.pointee.campaign, "quality.submission.v1.Report.campaign"),
            form: try texts.lend(message.pointee.form, "quality.submission.v1.Report.form"),
            formVersion: formVersion,
            reportingUnit: try texts.lend(
                message.pointee.reporting_unit, "quality.submission.v1.Report.reporting_unit"),
            capacity: (cellsAndRows - rows.count, rows.count))
        guard try add(message.pointee.cells, message.pointee.n_cells, to: &report) else { return nil }
        for row in rows {
            guard let row, row.pointee.base.n_unknown_fields == 0 else { return nil }
            report.addRow(
                table: try texts.lend(row.pointee.table, "quality.type.v1.Row.table"),
                key: try texts.lend(row.pointee.key, "quality.type.v1.Row.key"))
            guard try add(row.pointee.cells, row.pointee.n_cells, to: &report) else { return nil }
        }
        return report
    }

    private func add(
        _ cells: UnsafeMutablePointer<UnsafeMutablePointer<Quality__Type__V1__Cell>?>?, _ count: Int,
        to report: inout BorrowedReport
    ) throws(RPCError) -> Bool {
        for cell in UnsafeBufferPointer(start: cells, count: count) {
            guard let cell = try cell.flatMap({ cell throws(RPCError) in try borrowed(cell) }) else { return false }
            report.add(cell)
        }
        return true
    }

    private func borrowed(_ cell: UnsafePointer<Quality__Type__V1__Cell>) throws(RPCError) -> BorrowedCell? {
        guard cell.pointee.base.n_unknown_fields == 0 else { return nil }
        let value: BorrowedValue?
        switch cell.pointee.kind_case {
        case QUALITY__TYPE__V1__CELL__KIND__NOT_SET: value = nil
        case QUALITY__TYPE__V1__CELL__KIND_INTEGER: value = .integer(cell.pointee.integer)
        case QUALITY__TYPE__V1__CELL__KIND_DECIMAL:
            guard let message = cell.pointee.decimal, message.pointee.base.n_unknown_fields == 0,
                let scale = UInt8(exactly: message.pointee.scale),
                let decimal = Decimal(unscaled: message.pointee.unscaled_value, scale: scale)
            else { return nil }
            value = .decimal(decimal)
        case QUALITY__TYPE__V1__CELL__KIND_TEXT:
            value = .text(try texts.lend(cell.pointee.text, "quality.type.v1.Cell.text"))
        case QUALITY__TYPE__V1__CELL__KIND_FLAG: value = .flag(cell.pointee.flag != 0)
        case QUALITY__TYPE__V1__CELL__KIND_DATE:
            guard let message = cell.pointee.date, message.pointee.base.n_unknown_fields == 0,
                let date = CivilDate(
                    year: Int(message.pointee.year), month: Int(message.pointee.month),
                    day: Int(message.pointee.day))
            else { return nil }
            value = .date(date)
        case QUALITY__TYPE__V1__CELL__KIND_NOT_APPLICABLE:
            guard cell.pointee.not_applicable != 0 else { return nil }
            value = .notApplicable
        default: return nil
        }
        return BorrowedCell(
            field: try texts.lend(cell.pointee.field, "quality.type.v1.Cell.field"), value: value,
            unit: try texts.lend(cell.pointee.unit, "quality.type.v1.Cell.unit"),
            explanation: try texts.lend(cell.pointee.explanation, "quality.type.v1.Cell.explanation"))
    }
}

extension TextReader {
    fileprivate func text(_ data: ProtobufCBinaryData, _ field: StaticString) throws(RPCError) -> String {
        try text(data.data, data.len, field)
    }

    /// The text where it lies.
    fileprivate func lend(_ data: ProtobufCBinaryData, _ field: StaticString) throws(RPCError) -> BorrowedText {
        let bytes = UnsafeBufferPointer(start: UnsafePointer(data.data), count: data.len)
        if !bytes.isEmpty, (try? UTF8Span(validating: bytes.span)) == nil {
            // Says where it is wrong.
            _ = try text(data, field)
        }
        return BorrowedText(bytes)
    }
}
