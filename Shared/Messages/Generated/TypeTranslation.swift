// Generated from Proto/quality/type/v1/type.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension TypeV1.Decimal {
    public static let messageName = "quality.type.v1.Decimal"

    public static let schema = MessageSchema(Quality__Type__V1__Decimal.self, quality__type__v1__decimal__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Decimal.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Decimal>, _ texts: TextReader) throws(RPCError) {
        self.unscaledValue = c.pointee.unscaled_value
        self.scale = c.pointee.scale
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Decimal> {
        let c = arena.allocate(Quality__Type__V1__Decimal.self)
        quality__type__v1__decimal__init(c)
        c.pointee.unscaled_value = self.unscaledValue
        c.pointee.scale = self.scale
        return c
    }
}

extension TypeV1.Date {
    public static let messageName = "quality.type.v1.Date"

    public static let schema = MessageSchema(Quality__Type__V1__Date.self, quality__type__v1__date__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Date.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Date>, _ texts: TextReader) throws(RPCError) {
        self.year = c.pointee.year
        self.month = c.pointee.month
        self.day = c.pointee.day
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Date> {
        let c = arena.allocate(Quality__Type__V1__Date.self)
        quality__type__v1__date__init(c)
        c.pointee.year = self.year
        c.pointee.month = self.month
        c.pointee.day = self.day
        return c
    }
}

extension TypeV1.Cell {
    public static let messageName = "quality.type.v1.Cell"

    public static let schema = MessageSchema(Quality__Type__V1__Cell.self, quality__type__v1__cell__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Cell.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Cell>, _ texts: TextReader) throws(RPCError) {
        self.field = try texts.text(c.pointee.field.data, c.pointee.field.len, "quality.type.v1.Cell.field")
        switch c.pointee.kind_case.rawValue {
        case 2:
            self.kind = .integer(c.pointee.integer)
        case 3:
            if let message = c.pointee.decimal {
                self.kind = .decimal(try TypeV1.Decimal(fromC: message, texts))
            } else {
                self.kind = nil
            }
        case 4:
            self.kind = .text(try texts.text(c.pointee.text.data, c.pointee.text.len, "quality.type.v1.Cell.text"))
        case 5:
            self.kind = .flag(c.pointee.flag != 0)
        case 6:
            if let message = c.pointee.date {
                self.kind = .date(try TypeV1.Date(fromC: message, texts))
            } else {
                self.kind = nil
            }
        case 7:
            self.kind = .notApplicable(c.pointee.not_applicable != 0)
        default:
            self.kind = nil
        }
        self.unit = try texts.text(c.pointee.unit.data, c.pointee.unit.len, "quality.type.v1.Cell.unit")
        self.explanation = try texts.text(c.pointee.explanation.data, c.pointee.explanation.len, "quality.type.v1.Cell.explanation")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Cell> {
        let c = arena.allocate(Quality__Type__V1__Cell.self)
        quality__type__v1__cell__init(c)
        (c.pointee.field.len, c.pointee.field.data) = arena.copy(self.field)
        switch self.kind {
        case .integer(let value):
            c.pointee.kind_case = .init(rawValue: 2)
            c.pointee.integer = value
        case .decimal(let value):
            c.pointee.kind_case = .init(rawValue: 3)
            c.pointee.decimal = value.makeC(in: arena)
        case .text(let value):
            c.pointee.kind_case = .init(rawValue: 4)
            (c.pointee.text.len, c.pointee.text.data) = arena.copy(value)
        case .flag(let value):
            c.pointee.kind_case = .init(rawValue: 5)
            c.pointee.flag = value ? 1 : 0
        case .date(let value):
            c.pointee.kind_case = .init(rawValue: 6)
            c.pointee.date = value.makeC(in: arena)
        case .notApplicable(let value):
            c.pointee.kind_case = .init(rawValue: 7)
            c.pointee.not_applicable = value ? 1 : 0
        case nil:
            break
        }
        (c.pointee.unit.len, c.pointee.unit.data) = arena.copy(self.unit)
        (c.pointee.explanation.len, c.pointee.explanation.data) = arena.copy(self.explanation)
        return c
    }
}

extension TypeV1.Row {
    public static let messageName = "quality.type.v1.Row"

    public static let schema = MessageSchema(Quality__Type__V1__Row.self, quality__type__v1__row__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Row.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Row>, _ texts: TextReader) throws(RPCError) {
        self.table = try texts.text(c.pointee.table.data, c.pointee.table.len, "quality.type.v1.Row.table")
        self.key = try texts.text(c.pointee.key.data, c.pointee.key.len, "quality.type.v1.Row.key")
        self.cells = try Decoding.messages(c.pointee.n_cells, c.pointee.cells) { (element) throws(RPCError) in
            try TypeV1.Cell(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Row> {
        let c = arena.allocate(Quality__Type__V1__Row.self)
        quality__type__v1__row__init(c)
        (c.pointee.table.len, c.pointee.table.data) = arena.copy(self.table)
        (c.pointee.key.len, c.pointee.key.data) = arena.copy(self.key)
        (c.pointee.n_cells, c.pointee.cells) = arena.copy(self.cells) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension TypeV1.Finding {
    public static let messageName = "quality.type.v1.Finding"

    public static let schema = MessageSchema(Quality__Type__V1__Finding.self, quality__type__v1__finding__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Finding.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Finding>, _ texts: TextReader) throws(RPCError) {
        self.pointer = try texts.text(c.pointee.pointer.data, c.pointee.pointer.len, "quality.type.v1.Finding.pointer")
        self.rule = try texts.text(c.pointee.rule.data, c.pointee.rule.len, "quality.type.v1.Finding.rule")
        self.severity = TypeV1.Severity(rawValue: Int32(truncatingIfNeeded: c.pointee.severity.rawValue))
        self.message = try texts.text(c.pointee.message.data, c.pointee.message.len, "quality.type.v1.Finding.message")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Finding> {
        let c = arena.allocate(Quality__Type__V1__Finding.self)
        quality__type__v1__finding__init(c)
        (c.pointee.pointer.len, c.pointee.pointer.data) = arena.copy(self.pointer)
        (c.pointee.rule.len, c.pointee.rule.data) = arena.copy(self.rule)
        c.pointee.severity = Quality__Type__V1__Severity(rawValue: .init(truncatingIfNeeded: self.severity.rawValue))
        (c.pointee.message.len, c.pointee.message.data) = arena.copy(self.message)
        return c
    }
}

extension TypeV1.ErrorDetail {
    public static let messageName = "quality.type.v1.ErrorDetail"

    public static let schema = MessageSchema(Quality__Type__V1__ErrorDetail.self, quality__type__v1__error_detail__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__ErrorDetail.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__ErrorDetail>, _ texts: TextReader) throws(RPCError) {
        self.thing = try texts.text(c.pointee.thing.data, c.pointee.thing.len, "quality.type.v1.ErrorDetail.thing")
        self.place = try texts.text(c.pointee.place.data, c.pointee.place.len, "quality.type.v1.ErrorDetail.place")
        self.remedy = try texts.text(c.pointee.remedy.data, c.pointee.remedy.len, "quality.type.v1.ErrorDetail.remedy")
        self.findings = try Decoding.messages(c.pointee.n_findings, c.pointee.findings) { (element) throws(RPCError) in
            try TypeV1.Finding(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__ErrorDetail> {
        let c = arena.allocate(Quality__Type__V1__ErrorDetail.self)
        quality__type__v1__error_detail__init(c)
        (c.pointee.thing.len, c.pointee.thing.data) = arena.copy(self.thing)
        (c.pointee.place.len, c.pointee.place.data) = arena.copy(self.place)
        (c.pointee.remedy.len, c.pointee.remedy.data) = arena.copy(self.remedy)
        (c.pointee.n_findings, c.pointee.findings) = arena.copy(self.findings) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension TypeV1.Receipt {
    public static let messageName = "quality.type.v1.Receipt"

    public static let schema = MessageSchema(Quality__Type__V1__Receipt.self, quality__type__v1__receipt__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Receipt.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Receipt>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.position {
            self.position = try TypeV1.JournalPosition(fromC: message, texts)
        } else {
            self.position = nil
        }
        self.sealedUnixUs = c.pointee.sealed_unix_us
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.type.v1.Receipt.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.type.v1.Receipt.form")
        self.formVersion = c.pointee.form_version
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.type.v1.Receipt.reporting_unit")
        self.reportVersion = c.pointee.report_version
        self.digest = Decoding.bytes(c.pointee.digest.data, c.pointee.digest.len)
        self.bodyDigest = Decoding.bytes(c.pointee.body_digest.data, c.pointee.body_digest.len)
        self.timeliness = TypeV1.Timeliness(rawValue: Int32(truncatingIfNeeded: c.pointee.timeliness.rawValue))
        self.correctedLate = c.pointee.corrected_late != 0
        self.path = try Decoding.array(c.pointee.n_path, c.pointee.path) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
        self.checkpoint = try texts.text(c.pointee.checkpoint.data, c.pointee.checkpoint.len, "quality.type.v1.Receipt.checkpoint")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Receipt> {
        let c = arena.allocate(Quality__Type__V1__Receipt.self)
        quality__type__v1__receipt__init(c)
        if let value = self.position {
            c.pointee.position = value.makeC(in: arena)
        }
        c.pointee.sealed_unix_us = self.sealedUnixUs
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.form_version = self.formVersion
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        c.pointee.report_version = self.reportVersion
        (c.pointee.digest.len, c.pointee.digest.data) = arena.copy(self.digest)
        (c.pointee.body_digest.len, c.pointee.body_digest.data) = arena.copy(self.bodyDigest)
        c.pointee.timeliness = Quality__Type__V1__Timeliness(rawValue: .init(truncatingIfNeeded: self.timeliness.rawValue))
        c.pointee.corrected_late = self.correctedLate ? 1 : 0
        (c.pointee.n_path, c.pointee.path) = arena.copy(self.path) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        (c.pointee.checkpoint.len, c.pointee.checkpoint.data) = arena.copy(self.checkpoint)
        return c
    }
}

extension TypeV1.JournalPosition {
    public static let messageName = "quality.type.v1.JournalPosition"

    public static let schema = MessageSchema(Quality__Type__V1__JournalPosition.self, quality__type__v1__journal_position__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__JournalPosition.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__JournalPosition>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.index = c.pointee.index
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__JournalPosition> {
        let c = arena.allocate(Quality__Type__V1__JournalPosition.self)
        quality__type__v1__journal_position__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.index = self.index
        return c
    }
}

extension TypeV1.Cursor {
    public static let messageName = "quality.type.v1.Cursor"

    public static let schema = MessageSchema(Quality__Type__V1__Cursor.self, quality__type__v1__cursor__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__Cursor.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__Cursor>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.size = c.pointee.size
        self.root = Decoding.bytes(c.pointee.root.data, c.pointee.root.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__Cursor> {
        let c = arena.allocate(Quality__Type__V1__Cursor.self)
        quality__type__v1__cursor__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.size = self.size
        (c.pointee.root.len, c.pointee.root.data) = arena.copy(self.root)
        return c
    }
}

extension TypeV1.JournalEntry {
    public static let messageName = "quality.type.v1.JournalEntry"

    public static let schema = MessageSchema(Quality__Type__V1__JournalEntry.self, quality__type__v1__journal_entry__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__JournalEntry.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__JournalEntry>, _ texts: TextReader) throws(RPCError) {
        self.sealedUnixUs = c.pointee.sealed_unix_us
        self.kind = try texts.text(c.pointee.kind.data, c.pointee.kind.len, "quality.type.v1.JournalEntry.kind")
        self.statement = Decoding.bytes(c.pointee.statement.data, c.pointee.statement.len)
        self.body = Decoding.bytes(c.pointee.body.data, c.pointee.body.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__JournalEntry> {
        let c = arena.allocate(Quality__Type__V1__JournalEntry.self)
        quality__type__v1__journal_entry__init(c)
        c.pointee.sealed_unix_us = self.sealedUnixUs
        (c.pointee.kind.len, c.pointee.kind.data) = arena.copy(self.kind)
        (c.pointee.statement.len, c.pointee.statement.data) = arena.copy(self.statement)
        (c.pointee.body.len, c.pointee.body.data) = arena.copy(self.body)
        return c
    }
}

extension TypeV1.EpochBegun {
    public static let messageName = "quality.type.v1.EpochBegun"

    public static let schema = MessageSchema(Quality__Type__V1__EpochBegun.self, quality__type__v1__epoch_begun__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__EpochBegun.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__EpochBegun>, _ texts: TextReader) throws(RPCError) {
        self.earlierEpoch = Decoding.bytes(c.pointee.earlier_epoch.data, c.pointee.earlier_epoch.len)
        self.earlierSize = c.pointee.earlier_size
        self.stateUnixUs = c.pointee.state_unix_us
        self.lastKnownCheckpoint = try texts.text(c.pointee.last_known_checkpoint.data, c.pointee.last_known_checkpoint.len, "quality.type.v1.EpochBegun.last_known_checkpoint")
        self.reason = try texts.text(c.pointee.reason.data, c.pointee.reason.len, "quality.type.v1.EpochBegun.reason")
        self.receiptHolders = try Decoding.array(c.pointee.n_receipt_holders, c.pointee.receipt_holders) { (element) throws(RPCError) in
            try texts.text(element.data, element.len, "quality.type.v1.EpochBegun.receipt_holders")
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__EpochBegun> {
        let c = arena.allocate(Quality__Type__V1__EpochBegun.self)
        quality__type__v1__epoch_begun__init(c)
        (c.pointee.earlier_epoch.len, c.pointee.earlier_epoch.data) = arena.copy(self.earlierEpoch)
        c.pointee.earlier_size = self.earlierSize
        c.pointee.state_unix_us = self.stateUnixUs
        (c.pointee.last_known_checkpoint.len, c.pointee.last_known_checkpoint.data) = arena.copy(self.lastKnownCheckpoint)
        (c.pointee.reason.len, c.pointee.reason.data) = arena.copy(self.reason)
        (c.pointee.n_receipt_holders, c.pointee.receipt_holders) = arena.copy(self.receiptHolders) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        return c
    }
}

extension TypeV1.FollowRequest {
    public static let messageName = "quality.type.v1.FollowRequest"

    public static let schema = MessageSchema(Quality__Type__V1__FollowRequest.self, quality__type__v1__follow_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__FollowRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__FollowRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.cursor {
            self.cursor = try TypeV1.Cursor(fromC: message, texts)
        } else {
            self.cursor = nil
        }
        self.stopAtEnd = c.pointee.stop_at_end != 0
        self.checkpoint = try texts.text(c.pointee.checkpoint.data, c.pointee.checkpoint.len, "quality.type.v1.FollowRequest.checkpoint")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__FollowRequest> {
        let c = arena.allocate(Quality__Type__V1__FollowRequest.self)
        quality__type__v1__follow_request__init(c)
        if let value = self.cursor {
            c.pointee.cursor = value.makeC(in: arena)
        }
        c.pointee.stop_at_end = self.stopAtEnd ? 1 : 0
        (c.pointee.checkpoint.len, c.pointee.checkpoint.data) = arena.copy(self.checkpoint)
        return c
    }
}

extension TypeV1.FollowResponse {
    public static let messageName = "quality.type.v1.FollowResponse"

    public static let schema = MessageSchema(Quality__Type__V1__FollowResponse.self, quality__type__v1__follow_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__FollowResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__FollowResponse>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.firstIndex = c.pointee.first_index
        self.entries = try Decoding.messages(c.pointee.n_entries, c.pointee.entries) { (element) throws(RPCError) in
            try TypeV1.JournalEntry(fromC: element, texts)
        }
        self.atEnd = c.pointee.at_end != 0
        self.checkpoint = try texts.text(c.pointee.checkpoint.data, c.pointee.checkpoint.len, "quality.type.v1.FollowResponse.checkpoint")
        self.key = try texts.text(c.pointee.key.data, c.pointee.key.len, "quality.type.v1.FollowResponse.key")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__FollowResponse> {
        let c = arena.allocate(Quality__Type__V1__FollowResponse.self)
        quality__type__v1__follow_response__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.first_index = self.firstIndex
        (c.pointee.n_entries, c.pointee.entries) = arena.copy(self.entries) { element in
            element.makeC(in: arena)
        }
        c.pointee.at_end = self.atEnd ? 1 : 0
        (c.pointee.checkpoint.len, c.pointee.checkpoint.data) = arena.copy(self.checkpoint)
        (c.pointee.key.len, c.pointee.key.data) = arena.copy(self.key)
        return c
    }
}

extension TypeV1.ClockCorrected {
    public static let messageName = "quality.type.v1.ClockCorrected"

    public static let schema = MessageSchema(Quality__Type__V1__ClockCorrected.self, quality__type__v1__clock_corrected__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__ClockCorrected.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__ClockCorrected>, _ texts: TextReader) throws(RPCError) {
        self.firstIndex = c.pointee.first_index
        self.fromUnixUs = c.pointee.from_unix_us
        self.untilUnixUs = c.pointee.until_unix_us
        self.aheadUs = c.pointee.ahead_us
        self.saidBy = try texts.text(c.pointee.said_by.data, c.pointee.said_by.len, "quality.type.v1.ClockCorrected.said_by")
        self.reason = try texts.text(c.pointee.reason.data, c.pointee.reason.len, "quality.type.v1.ClockCorrected.reason")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__ClockCorrected> {
        let c = arena.allocate(Quality__Type__V1__ClockCorrected.self)
        quality__type__v1__clock_corrected__init(c)
        c.pointee.first_index = self.firstIndex
        c.pointee.from_unix_us = self.fromUnixUs
        c.pointee.until_unix_us = self.untilUnixUs
        c.pointee.ahead_us = self.aheadUs
        (c.pointee.said_by.len, c.pointee.said_by.data) = arena.copy(self.saidBy)
        (c.pointee.reason.len, c.pointee.reason.data) = arena.copy(self.reason)
        return c
    }
}

extension TypeV1.GetCheckpointRequest {
    public static let messageName = "quality.type.v1.GetCheckpointRequest"

    public static let schema = MessageSchema(Quality__Type__V1__GetCheckpointRequest.self, quality__type__v1__get_checkpoint_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetCheckpointRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetCheckpointRequest>, _ texts: TextReader) throws(RPCError) {
        self.minimumSize = c.pointee.minimum_size
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetCheckpointRequest> {
        let c = arena.allocate(Quality__Type__V1__GetCheckpointRequest.self)
        quality__type__v1__get_checkpoint_request__init(c)
        c.pointee.minimum_size = self.minimumSize
        return c
    }
}

extension TypeV1.GetCheckpointResponse {
    public static let messageName = "quality.type.v1.GetCheckpointResponse"

    public static let schema = MessageSchema(Quality__Type__V1__GetCheckpointResponse.self, quality__type__v1__get_checkpoint_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetCheckpointResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetCheckpointResponse>, _ texts: TextReader) throws(RPCError) {
        self.checkpoint = try texts.text(c.pointee.checkpoint.data, c.pointee.checkpoint.len, "quality.type.v1.GetCheckpointResponse.checkpoint")
        self.key = try texts.text(c.pointee.key.data, c.pointee.key.len, "quality.type.v1.GetCheckpointResponse.key")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetCheckpointResponse> {
        let c = arena.allocate(Quality__Type__V1__GetCheckpointResponse.self)
        quality__type__v1__get_checkpoint_response__init(c)
        (c.pointee.checkpoint.len, c.pointee.checkpoint.data) = arena.copy(self.checkpoint)
        (c.pointee.key.len, c.pointee.key.data) = arena.copy(self.key)
        return c
    }
}

extension TypeV1.GetConsistencyProofRequest {
    public static let messageName = "quality.type.v1.GetConsistencyProofRequest"

    public static let schema = MessageSchema(Quality__Type__V1__GetConsistencyProofRequest.self, quality__type__v1__get_consistency_proof_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetConsistencyProofRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetConsistencyProofRequest>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.oldSize = c.pointee.old_size
        self.newSize = c.pointee.new_size
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetConsistencyProofRequest> {
        let c = arena.allocate(Quality__Type__V1__GetConsistencyProofRequest.self)
        quality__type__v1__get_consistency_proof_request__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.old_size = self.oldSize
        c.pointee.new_size = self.newSize
        return c
    }
}

extension TypeV1.GetConsistencyProofResponse {
    public static let messageName = "quality.type.v1.GetConsistencyProofResponse"

    public static let schema = MessageSchema(Quality__Type__V1__GetConsistencyProofResponse.self, quality__type__v1__get_consistency_proof_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetConsistencyProofResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetConsistencyProofResponse>, _ texts: TextReader) throws(RPCError) {
        self.path = try Decoding.array(c.pointee.n_path, c.pointee.path) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetConsistencyProofResponse> {
        let c = arena.allocate(Quality__Type__V1__GetConsistencyProofResponse.self)
        quality__type__v1__get_consistency_proof_response__init(c)
        (c.pointee.n_path, c.pointee.path) = arena.copy(self.path) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        return c
    }
}

extension TypeV1.GetInclusionProofRequest {
    public static let messageName = "quality.type.v1.GetInclusionProofRequest"

    public static let schema = MessageSchema(Quality__Type__V1__GetInclusionProofRequest.self, quality__type__v1__get_inclusion_proof_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetInclusionProofRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetInclusionProofRequest>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.index = c.pointee.index
        self.size = c.pointee.size
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetInclusionProofRequest> {
        let c = arena.allocate(Quality__Type__V1__GetInclusionProofRequest.self)
        quality__type__v1__get_inclusion_proof_request__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.index = self.index
        c.pointee.size = self.size
        return c
    }
}

extension TypeV1.GetInclusionProofResponse {
    public static let messageName = "quality.type.v1.GetInclusionProofResponse"

    public static let schema = MessageSchema(Quality__Type__V1__GetInclusionProofResponse.self, quality__type__v1__get_inclusion_proof_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetInclusionProofResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetInclusionProofResponse>, _ texts: TextReader) throws(RPCError) {
        self.path = try Decoding.array(c.pointee.n_path, c.pointee.path) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetInclusionProofResponse> {
        let c = arena.allocate(Quality__Type__V1__GetInclusionProofResponse.self)
        quality__type__v1__get_inclusion_proof_response__init(c)
        (c.pointee.n_path, c.pointee.path) = arena.copy(self.path) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        return c
    }
}

extension TypeV1.GetHashTilesRequest {
    public static let messageName = "quality.type.v1.GetHashTilesRequest"

    public static let schema = MessageSchema(Quality__Type__V1__GetHashTilesRequest.self, quality__type__v1__get_hash_tiles_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetHashTilesRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetHashTilesRequest>, _ texts: TextReader) throws(RPCError) {
        self.epoch = Decoding.bytes(c.pointee.epoch.data, c.pointee.epoch.len)
        self.tileLevel = c.pointee.tile_level
        self.tileIndex = c.pointee.tile_index
        self.hashCount = c.pointee.hash_count
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetHashTilesRequest> {
        let c = arena.allocate(Quality__Type__V1__GetHashTilesRequest.self)
        quality__type__v1__get_hash_tiles_request__init(c)
        (c.pointee.epoch.len, c.pointee.epoch.data) = arena.copy(self.epoch)
        c.pointee.tile_level = self.tileLevel
        c.pointee.tile_index = self.tileIndex
        c.pointee.hash_count = self.hashCount
        return c
    }
}

extension TypeV1.GetHashTilesResponse {
    public static let messageName = "quality.type.v1.GetHashTilesResponse"

    public static let schema = MessageSchema(Quality__Type__V1__GetHashTilesResponse.self, quality__type__v1__get_hash_tiles_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Type__V1__GetHashTilesResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Type__V1__GetHashTilesResponse>, _ texts: TextReader) throws(RPCError) {
        self.hashes = Decoding.bytes(c.pointee.hashes.data, c.pointee.hashes.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Type__V1__GetHashTilesResponse> {
        let c = arena.allocate(Quality__Type__V1__GetHashTilesResponse.self)
        quality__type__v1__get_hash_tiles_response__init(c)
        (c.pointee.hashes.len, c.pointee.hashes.data) = arena.copy(self.hashes)
        return c
    }
}
