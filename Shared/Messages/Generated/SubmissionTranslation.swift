// Generated from Proto/quality/submission/v1/submission.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension SubmissionV1.Report {
    public static let messageName = "quality.submission.v1.Report"

    public static let schema = MessageSchema(Quality__Submission__V1__Report.self, quality__submission__v1__report__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__Report.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__Report>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.submission.v1.Report.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.submission.v1.Report.form")
        self.formVersion = c.pointee.form_version
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.submission.v1.Report.reporting_unit")
        self.cells = try Decoding.messages(c.pointee.n_cells, c.pointee.cells) { (element) throws(RPCError) in
            try TypeV1.Cell(fromC: element, texts)
        }
        self.rows = try Decoding.messages(c.pointee.n_rows, c.pointee.rows) { (element) throws(RPCError) in
            try TypeV1.Row(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__Report> {
        let c = arena.allocate(Quality__Submission__V1__Report.self)
        quality__submission__v1__report__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.form_version = self.formVersion
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        (c.pointee.n_cells, c.pointee.cells) = arena.copy(self.cells) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_rows, c.pointee.rows) = arena.copy(self.rows) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.PushRequest {
    public static let messageName = "quality.submission.v1.PushRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__PushRequest.self, quality__submission__v1__push_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.report {
            self.report = try SubmissionV1.Report(fromC: message, texts)
        } else {
            self.report = nil
        }
        self.baseVersion = c.pointee.base_version
        self.idempotencyKey = try texts.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.submission.v1.PushRequest.idempotency_key")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushRequest> {
        let c = arena.allocate(Quality__Submission__V1__PushRequest.self)
        quality__submission__v1__push_request__init(c)
        if let value = self.report {
            c.pointee.report = value.makeC(in: arena)
        }
        c.pointee.base_version = self.baseVersion
        (c.pointee.idempotency_key.len, c.pointee.idempotency_key.data) = arena.copy(self.idempotencyKey)
        return c
    }
}

extension SubmissionV1.PushResponse {
    public static let messageName = "quality.submission.v1.PushResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__PushResponse.self, quality__submission__v1__push_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.receipt {
            self.receipt = try TypeV1.Receipt(fromC: message, texts)
        } else {
            self.receipt = nil
        }
        self.repeatedPush = c.pointee.repeated_push != 0
        self.findings = try Decoding.messages(c.pointee.n_findings, c.pointee.findings) { (element) throws(RPCError) in
            try TypeV1.Finding(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushResponse> {
        let c = arena.allocate(Quality__Submission__V1__PushResponse.self)
        quality__submission__v1__push_response__init(c)
        if let value = self.receipt {
            c.pointee.receipt = value.makeC(in: arena)
        }
        c.pointee.repeated_push = self.repeatedPush ? 1 : 0
        (c.pointee.n_findings, c.pointee.findings) = arena.copy(self.findings) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.Verdict {
    public static let messageName = "quality.submission.v1.Verdict"

    public static let schema = MessageSchema(Quality__Submission__V1__Verdict.self, quality__submission__v1__verdict__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__Verdict.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__Verdict>, _ texts: TextReader) throws(RPCError) {
        self.index = c.pointee.index
        self.idempotencyKey = try texts.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.submission.v1.Verdict.idempotency_key")
        switch c.pointee.outcome_case.rawValue {
        case 3:
            if let message = c.pointee.accepted {
                self.outcome = .accepted(try SubmissionV1.PushResponse(fromC: message, texts))
            } else {
                self.outcome = nil
            }
        case 4:
            if let message = c.pointee.refused {
                self.outcome = .refused(try SubmissionV1.Refusal(fromC: message, texts))
            } else {
                self.outcome = nil
            }
        default:
            self.outcome = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__Verdict> {
        let c = arena.allocate(Quality__Submission__V1__Verdict.self)
        quality__submission__v1__verdict__init(c)
        c.pointee.index = self.index
        (c.pointee.idempotency_key.len, c.pointee.idempotency_key.data) = arena.copy(self.idempotencyKey)
        switch self.outcome {
        case .accepted(let value):
            c.pointee.outcome_case = .init(rawValue: 3)
            c.pointee.accepted = value.makeC(in: arena)
        case .refused(let value):
            c.pointee.outcome_case = .init(rawValue: 4)
            c.pointee.refused = value.makeC(in: arena)
        case nil:
            break
        }
        return c
    }
}

extension SubmissionV1.Refusal {
    public static let messageName = "quality.submission.v1.Refusal"

    public static let schema = MessageSchema(Quality__Submission__V1__Refusal.self, quality__submission__v1__refusal__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__Refusal.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__Refusal>, _ texts: TextReader) throws(RPCError) {
        self.code = c.pointee.code
        self.message = try texts.text(c.pointee.message.data, c.pointee.message.len, "quality.submission.v1.Refusal.message")
        if let message = c.pointee.detail {
            self.detail = try TypeV1.ErrorDetail(fromC: message, texts)
        } else {
            self.detail = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__Refusal> {
        let c = arena.allocate(Quality__Submission__V1__Refusal.self)
        quality__submission__v1__refusal__init(c)
        c.pointee.code = self.code
        (c.pointee.message.len, c.pointee.message.data) = arena.copy(self.message)
        if let value = self.detail {
            c.pointee.detail = value.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.PushBatchRequest {
    public static let messageName = "quality.submission.v1.PushBatchRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__PushBatchRequest.self, quality__submission__v1__push_batch_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushBatchRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushBatchRequest>, _ texts: TextReader) throws(RPCError) {
        self.items = try Decoding.messages(c.pointee.n_items, c.pointee.items) { (element) throws(RPCError) in
            try SubmissionV1.PushRequest(fromC: element, texts)
        }
        self.atomicity = SubmissionV1.Atomicity(rawValue: Int32(truncatingIfNeeded: c.pointee.atomicity.rawValue))
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushBatchRequest> {
        let c = arena.allocate(Quality__Submission__V1__PushBatchRequest.self)
        quality__submission__v1__push_batch_request__init(c)
        (c.pointee.n_items, c.pointee.items) = arena.copy(self.items) { element in
            element.makeC(in: arena)
        }
        c.pointee.atomicity = Quality__Submission__V1__Atomicity(rawValue: .init(truncatingIfNeeded: self.atomicity.rawValue))
        return c
    }
}

extension SubmissionV1.PushBatchResponse {
    public static let messageName = "quality.submission.v1.PushBatchResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__PushBatchResponse.self, quality__submission__v1__push_batch_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushBatchResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushBatchResponse>, _ texts: TextReader) throws(RPCError) {
        self.verdicts = try Decoding.messages(c.pointee.n_verdicts, c.pointee.verdicts) { (element) throws(RPCError) in
            try SubmissionV1.Verdict(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushBatchResponse> {
        let c = arena.allocate(Quality__Submission__V1__PushBatchResponse.self)
        quality__submission__v1__push_batch_response__init(c)
        (c.pointee.n_verdicts, c.pointee.verdicts) = arena.copy(self.verdicts) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.PushStreamRequest {
    public static let messageName = "quality.submission.v1.PushStreamRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__PushStreamRequest.self, quality__submission__v1__push_stream_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushStreamRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushStreamRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.item {
            self.item = try SubmissionV1.PushRequest(fromC: message, texts)
        } else {
            self.item = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushStreamRequest> {
        let c = arena.allocate(Quality__Submission__V1__PushStreamRequest.self)
        quality__submission__v1__push_stream_request__init(c)
        if let value = self.item {
            c.pointee.item = value.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.PushStreamResponse {
    public static let messageName = "quality.submission.v1.PushStreamResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__PushStreamResponse.self, quality__submission__v1__push_stream_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__PushStreamResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__PushStreamResponse>, _ texts: TextReader) throws(RPCError) {
        self.verdicts = try Decoding.messages(c.pointee.n_verdicts, c.pointee.verdicts) { (element) throws(RPCError) in
            try SubmissionV1.Verdict(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__PushStreamResponse> {
        let c = arena.allocate(Quality__Submission__V1__PushStreamResponse.self)
        quality__submission__v1__push_stream_response__init(c)
        (c.pointee.n_verdicts, c.pointee.verdicts) = arena.copy(self.verdicts) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.GetReportRequest {
    public static let messageName = "quality.submission.v1.GetReportRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__GetReportRequest.self, quality__submission__v1__get_report_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__GetReportRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__GetReportRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.submission.v1.GetReportRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.submission.v1.GetReportRequest.form")
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.submission.v1.GetReportRequest.reporting_unit")
        self.version = c.pointee.version
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__GetReportRequest> {
        let c = arena.allocate(Quality__Submission__V1__GetReportRequest.self)
        quality__submission__v1__get_report_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        c.pointee.version = self.version
        return c
    }
}

extension SubmissionV1.GetReportResponse {
    public static let messageName = "quality.submission.v1.GetReportResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__GetReportResponse.self, quality__submission__v1__get_report_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__GetReportResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__GetReportResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.report {
            self.report = try SubmissionV1.Report(fromC: message, texts)
        } else {
            self.report = nil
        }
        self.version = c.pointee.version
        self.currentVersion = c.pointee.current_version
        if let message = c.pointee.receipt {
            self.receipt = try TypeV1.Receipt(fromC: message, texts)
        } else {
            self.receipt = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__GetReportResponse> {
        let c = arena.allocate(Quality__Submission__V1__GetReportResponse.self)
        quality__submission__v1__get_report_response__init(c)
        if let value = self.report {
            c.pointee.report = value.makeC(in: arena)
        }
        c.pointee.version = self.version
        c.pointee.current_version = self.currentVersion
        if let value = self.receipt {
            c.pointee.receipt = value.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.ListReportsRequest {
    public static let messageName = "quality.submission.v1.ListReportsRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__ListReportsRequest.self, quality__submission__v1__list_reports_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ListReportsRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ListReportsRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.submission.v1.ListReportsRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.submission.v1.ListReportsRequest.form")
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.submission.v1.ListReportsRequest.reporting_unit")
        self.pageSize = c.pointee.page_size
        self.pageToken = try texts.text(c.pointee.page_token.data, c.pointee.page_token.len, "quality.submission.v1.ListReportsRequest.page_token")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ListReportsRequest> {
        let c = arena.allocate(Quality__Submission__V1__ListReportsRequest.self)
        quality__submission__v1__list_reports_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        c.pointee.page_size = self.pageSize
        (c.pointee.page_token.len, c.pointee.page_token.data) = arena.copy(self.pageToken)
        return c
    }
}

extension SubmissionV1.ReportSummary {
    public static let messageName = "quality.submission.v1.ReportSummary"

    public static let schema = MessageSchema(Quality__Submission__V1__ReportSummary.self, quality__submission__v1__report_summary__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ReportSummary.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ReportSummary>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.submission.v1.ReportSummary.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.submission.v1.ReportSummary.form")
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.submission.v1.ReportSummary.reporting_unit")
        self.version = c.pointee.version
        self.firstSealedUnixUs = c.pointee.first_sealed_unix_us
        self.sealedUnixUs = c.pointee.sealed_unix_us
        self.timeliness = TypeV1.Timeliness(rawValue: Int32(truncatingIfNeeded: c.pointee.timeliness.rawValue))
        self.correctedLate = c.pointee.corrected_late != 0
        self.digest = Decoding.bytes(c.pointee.digest.data, c.pointee.digest.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ReportSummary> {
        let c = arena.allocate(Quality__Submission__V1__ReportSummary.self)
        quality__submission__v1__report_summary__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        c.pointee.version = self.version
        c.pointee.first_sealed_unix_us = self.firstSealedUnixUs
        c.pointee.sealed_unix_us = self.sealedUnixUs
        c.pointee.timeliness = Quality__Type__V1__Timeliness(rawValue: .init(truncatingIfNeeded: self.timeliness.rawValue))
        c.pointee.corrected_late = self.correctedLate ? 1 : 0
        (c.pointee.digest.len, c.pointee.digest.data) = arena.copy(self.digest)
        return c
    }
}

extension SubmissionV1.ListReportsResponse {
    public static let messageName = "quality.submission.v1.ListReportsResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__ListReportsResponse.self, quality__submission__v1__list_reports_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ListReportsResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ListReportsResponse>, _ texts: TextReader) throws(RPCError) {
        self.reports = try Decoding.messages(c.pointee.n_reports, c.pointee.reports) { (element) throws(RPCError) in
            try SubmissionV1.ReportSummary(fromC: element, texts)
        }
        self.nextPageToken = try texts.text(c.pointee.next_page_token.data, c.pointee.next_page_token.len, "quality.submission.v1.ListReportsResponse.next_page_token")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ListReportsResponse> {
        let c = arena.allocate(Quality__Submission__V1__ListReportsResponse.self)
        quality__submission__v1__list_reports_response__init(c)
        (c.pointee.n_reports, c.pointee.reports) = arena.copy(self.reports) { element in
            element.makeC(in: arena)
        }
        (c.pointee.next_page_token.len, c.pointee.next_page_token.data) = arena.copy(self.nextPageToken)
        return c
    }
}

extension SubmissionV1.GetReceiptKeyRequest {
    public static let messageName = "quality.submission.v1.GetReceiptKeyRequest"

    public static let schema = MessageSchema(Quality__Submission__V1__GetReceiptKeyRequest.self, quality__submission__v1__get_receipt_key_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__GetReceiptKeyRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__GetReceiptKeyRequest>, _ texts: TextReader) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__GetReceiptKeyRequest> {
        let c = arena.allocate(Quality__Submission__V1__GetReceiptKeyRequest.self)
        quality__submission__v1__get_receipt_key_request__init(c)
        return c
    }
}

extension SubmissionV1.GetReceiptKeyResponse {
    public static let messageName = "quality.submission.v1.GetReceiptKeyResponse"

    public static let schema = MessageSchema(Quality__Submission__V1__GetReceiptKeyResponse.self, quality__submission__v1__get_receipt_key_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__GetReceiptKeyResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__GetReceiptKeyResponse>, _ texts: TextReader) throws(RPCError) {
        self.publicKey = Decoding.bytes(c.pointee.public_key.data, c.pointee.public_key.len)
        self.keyID = Decoding.bytes(c.pointee.key_id.data, c.pointee.key_id.len)
        self.verifierKey = try texts.text(c.pointee.verifier_key.data, c.pointee.verifier_key.len, "quality.submission.v1.GetReceiptKeyResponse.verifier_key")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__GetReceiptKeyResponse> {
        let c = arena.allocate(Quality__Submission__V1__GetReceiptKeyResponse.self)
        quality__submission__v1__get_receipt_key_response__init(c)
        (c.pointee.public_key.len, c.pointee.public_key.data) = arena.copy(self.publicKey)
        (c.pointee.key_id.len, c.pointee.key_id.data) = arena.copy(self.keyID)
        (c.pointee.verifier_key.len, c.pointee.verifier_key.data) = arena.copy(self.verifierKey)
        return c
    }
}

extension SubmissionV1.ReportAccepted {
    public static let messageName = "quality.submission.v1.ReportAccepted"

    public static let schema = MessageSchema(Quality__Submission__V1__ReportAccepted.self, quality__submission__v1__report_accepted__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ReportAccepted.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ReportAccepted>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.report {
            self.report = try SubmissionV1.Report(fromC: message, texts)
        } else {
            self.report = nil
        }
        self.version = c.pointee.version
        self.digest = Decoding.bytes(c.pointee.digest.data, c.pointee.digest.len)
        self.timeliness = TypeV1.Timeliness(rawValue: Int32(truncatingIfNeeded: c.pointee.timeliness.rawValue))
        self.correctedLate = c.pointee.corrected_late != 0
        self.findings = try Decoding.messages(c.pointee.n_findings, c.pointee.findings) { (element) throws(RPCError) in
            try TypeV1.Finding(fromC: element, texts)
        }
        self.idempotencyKey = try texts.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.submission.v1.ReportAccepted.idempotency_key")
        self.pushedBy = try texts.text(c.pointee.pushed_by.data, c.pointee.pushed_by.len, "quality.submission.v1.ReportAccepted.pushed_by")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ReportAccepted> {
        let c = arena.allocate(Quality__Submission__V1__ReportAccepted.self)
        quality__submission__v1__report_accepted__init(c)
        if let value = self.report {
            c.pointee.report = value.makeC(in: arena)
        }
        c.pointee.version = self.version
        (c.pointee.digest.len, c.pointee.digest.data) = arena.copy(self.digest)
        c.pointee.timeliness = Quality__Type__V1__Timeliness(rawValue: .init(truncatingIfNeeded: self.timeliness.rawValue))
        c.pointee.corrected_late = self.correctedLate ? 1 : 0
        (c.pointee.n_findings, c.pointee.findings) = arena.copy(self.findings) { element in
            element.makeC(in: arena)
        }
        (c.pointee.idempotency_key.len, c.pointee.idempotency_key.data) = arena.copy(self.idempotencyKey)
        (c.pointee.pushed_by.len, c.pointee.pushed_by.data) = arena.copy(self.pushedBy)
        return c
    }
}

extension SubmissionV1.ReportAcceptedFindings {
    public static let messageName = "quality.submission.v1.ReportAcceptedFindings"

    public static let schema = MessageSchema(Quality__Submission__V1__ReportAcceptedFindings.self, quality__submission__v1__report_accepted_findings__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ReportAcceptedFindings.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ReportAcceptedFindings>, _ texts: TextReader) throws(RPCError) {
        self.findings = try Decoding.messages(c.pointee.n_findings, c.pointee.findings) { (element) throws(RPCError) in
            try TypeV1.Finding(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ReportAcceptedFindings> {
        let c = arena.allocate(Quality__Submission__V1__ReportAcceptedFindings.self)
        quality__submission__v1__report_accepted_findings__init(c)
        (c.pointee.n_findings, c.pointee.findings) = arena.copy(self.findings) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension SubmissionV1.ReportRejected {
    public static let messageName = "quality.submission.v1.ReportRejected"

    public static let schema = MessageSchema(Quality__Submission__V1__ReportRejected.self, quality__submission__v1__report_rejected__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Submission__V1__ReportRejected.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Submission__V1__ReportRejected>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.submission.v1.ReportRejected.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.submission.v1.ReportRejected.form")
        self.formVersion = c.pointee.form_version
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.submission.v1.ReportRejected.reporting_unit")
        self.digest = Decoding.bytes(c.pointee.digest.data, c.pointee.digest.len)
        self.code = c.pointee.code
        self.message = try texts.text(c.pointee.message.data, c.pointee.message.len, "quality.submission.v1.ReportRejected.message")
        self.findings = try Decoding.messages(c.pointee.n_findings, c.pointee.findings) { (element) throws(RPCError) in
            try TypeV1.Finding(fromC: element, texts)
        }
        self.idempotencyKey = try texts.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.submission.v1.ReportRejected.idempotency_key")
        self.pushedBy = try texts.text(c.pointee.pushed_by.data, c.pointee.pushed_by.len, "quality.submission.v1.ReportRejected.pushed_by")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Submission__V1__ReportRejected> {
        let c = arena.allocate(Quality__Submission__V1__ReportRejected.self)
        quality__submission__v1__report_rejected__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.form_version = self.formVersion
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        (c.pointee.digest.len, c.pointee.digest.data) = arena.copy(self.digest)
        c.pointee.code = self.code
        (c.pointee.message.len, c.pointee.message.data) = arena.copy(self.message)
        (c.pointee.n_findings, c.pointee.findings) = arena.copy(self.findings) { element in
            element.makeC(in: arena)
        }
        (c.pointee.idempotency_key.len, c.pointee.idempotency_key.data) = arena.copy(self.idempotencyKey)
        (c.pointee.pushed_by.len, c.pointee.pushed_by.data) = arena.copy(self.pushedBy)
        return c
    }
}
