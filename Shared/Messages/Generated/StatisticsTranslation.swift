// Generated from Proto/quality/statistics/v1/statistics.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension StatisticsV1.Watermark {
    public static let messageName = "quality.statistics.v1.Watermark"

    public static let schema = MessageSchema(Quality__Statistics__V1__Watermark.self, quality__statistics__v1__watermark__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__Watermark.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__Watermark>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.registry {
            self.registry = try TypeV1.Cursor(fromC: message, texts)
        } else {
            self.registry = nil
        }
        if let message = c.pointee.submission {
            self.submission = try TypeV1.Cursor(fromC: message, texts)
        } else {
            self.submission = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__Watermark> {
        let c = arena.allocate(Quality__Statistics__V1__Watermark.self)
        quality__statistics__v1__watermark__init(c)
        if let value = self.registry {
            c.pointee.registry = value.makeC(in: arena)
        }
        if let value = self.submission {
            c.pointee.submission = value.makeC(in: arena)
        }
        return c
    }
}

extension StatisticsV1.FieldSum {
    public static let messageName = "quality.statistics.v1.FieldSum"

    public static let schema = MessageSchema(Quality__Statistics__V1__FieldSum.self, quality__statistics__v1__field_sum__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__FieldSum.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__FieldSum>, _ texts: TextReader) throws(RPCError) {
        self.field = try texts.text(c.pointee.field.data, c.pointee.field.len, "quality.statistics.v1.FieldSum.field")
        self.label = try texts.text(c.pointee.label.data, c.pointee.label.len, "quality.statistics.v1.FieldSum.label")
        self.unit = try texts.text(c.pointee.unit.data, c.pointee.unit.len, "quality.statistics.v1.FieldSum.unit")
        if let message = c.pointee.sum {
            self.sum = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.sum = nil
        }
        self.withValue = c.pointee.with_value
        self.expected = c.pointee.expected
        self.notApplicable = c.pointee.not_applicable
        self.missing = c.pointee.missing
        self.notReported = c.pointee.not_reported
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__FieldSum> {
        let c = arena.allocate(Quality__Statistics__V1__FieldSum.self)
        quality__statistics__v1__field_sum__init(c)
        (c.pointee.field.len, c.pointee.field.data) = arena.copy(self.field)
        (c.pointee.label.len, c.pointee.label.data) = arena.copy(self.label)
        (c.pointee.unit.len, c.pointee.unit.data) = arena.copy(self.unit)
        if let value = self.sum {
            c.pointee.sum = value.makeC(in: arena)
        }
        c.pointee.with_value = self.withValue
        c.pointee.expected = self.expected
        c.pointee.not_applicable = self.notApplicable
        c.pointee.missing = self.missing
        c.pointee.not_reported = self.notReported
        return c
    }
}

extension StatisticsV1.ControlTotal {
    public static let messageName = "quality.statistics.v1.ControlTotal"

    public static let schema = MessageSchema(Quality__Statistics__V1__ControlTotal.self, quality__statistics__v1__control_total__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__ControlTotal.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__ControlTotal>, _ texts: TextReader) throws(RPCError) {
        self.field = try texts.text(c.pointee.field.data, c.pointee.field.len, "quality.statistics.v1.ControlTotal.field")
        if let message = c.pointee.reported {
            self.reported = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.reported = nil
        }
        if let message = c.pointee.sum {
            self.sum = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.sum = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__ControlTotal> {
        let c = arena.allocate(Quality__Statistics__V1__ControlTotal.self)
        quality__statistics__v1__control_total__init(c)
        (c.pointee.field.len, c.pointee.field.data) = arena.copy(self.field)
        if let value = self.reported {
            c.pointee.reported = value.makeC(in: arena)
        }
        if let value = self.sum {
            c.pointee.sum = value.makeC(in: arena)
        }
        return c
    }
}

extension StatisticsV1.RollupGroup {
    public static let messageName = "quality.statistics.v1.RollupGroup"

    public static let schema = MessageSchema(Quality__Statistics__V1__RollupGroup.self, quality__statistics__v1__rollup_group__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__RollupGroup.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__RollupGroup>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.statistics.v1.RollupGroup.code")
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.statistics.v1.RollupGroup.name")
        self.parentCode = try texts.text(c.pointee.parent_code.data, c.pointee.parent_code.len, "quality.statistics.v1.RollupGroup.parent_code")
        self.beside = c.pointee.beside != 0
        self.depth = c.pointee.depth
        self.sums = try Decoding.messages(c.pointee.n_sums, c.pointee.sums) { (element) throws(RPCError) in
            try StatisticsV1.FieldSum(fromC: element, texts)
        }
        self.expected = c.pointee.expected
        self.reported = c.pointee.reported
        self.late = c.pointee.late
        self.controlTotals = try Decoding.messages(c.pointee.n_control_totals, c.pointee.control_totals) { (element) throws(RPCError) in
            try StatisticsV1.ControlTotal(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__RollupGroup> {
        let c = arena.allocate(Quality__Statistics__V1__RollupGroup.self)
        quality__statistics__v1__rollup_group__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.parent_code.len, c.pointee.parent_code.data) = arena.copy(self.parentCode)
        c.pointee.beside = self.beside ? 1 : 0
        c.pointee.depth = self.depth
        (c.pointee.n_sums, c.pointee.sums) = arena.copy(self.sums) { element in
            element.makeC(in: arena)
        }
        c.pointee.expected = self.expected
        c.pointee.reported = self.reported
        c.pointee.late = self.late
        (c.pointee.n_control_totals, c.pointee.control_totals) = arena.copy(self.controlTotals) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension StatisticsV1.GetRollupRequest {
    public static let messageName = "quality.statistics.v1.GetRollupRequest"

    public static let schema = MessageSchema(Quality__Statistics__V1__GetRollupRequest.self, quality__statistics__v1__get_rollup_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__GetRollupRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__GetRollupRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.statistics.v1.GetRollupRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.statistics.v1.GetRollupRequest.form")
        self.grouping = StatisticsV1.Grouping(rawValue: Int32(truncatingIfNeeded: c.pointee.grouping.rawValue))
        if let message = c.pointee.at_least {
            self.atLeast = try StatisticsV1.Watermark(fromC: message, texts)
        } else {
            self.atLeast = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__GetRollupRequest> {
        let c = arena.allocate(Quality__Statistics__V1__GetRollupRequest.self)
        quality__statistics__v1__get_rollup_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.grouping = Quality__Statistics__V1__Grouping(rawValue: .init(truncatingIfNeeded: self.grouping.rawValue))
        if let value = self.atLeast {
            c.pointee.at_least = value.makeC(in: arena)
        }
        return c
    }
}

extension StatisticsV1.GetRollupResponse {
    public static let messageName = "quality.statistics.v1.GetRollupResponse"

    public static let schema = MessageSchema(Quality__Statistics__V1__GetRollupResponse.self, quality__statistics__v1__get_rollup_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__GetRollupResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__GetRollupResponse>, _ texts: TextReader) throws(RPCError) {
        self.groups = try Decoding.messages(c.pointee.n_groups, c.pointee.groups) { (element) throws(RPCError) in
            try StatisticsV1.RollupGroup(fromC: element, texts)
        }
        if let message = c.pointee.watermark {
            self.watermark = try StatisticsV1.Watermark(fromC: message, texts)
        } else {
            self.watermark = nil
        }
        self.rollupHash = Decoding.bytes(c.pointee.rollup_hash.data, c.pointee.rollup_hash.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__GetRollupResponse> {
        let c = arena.allocate(Quality__Statistics__V1__GetRollupResponse.self)
        quality__statistics__v1__get_rollup_response__init(c)
        (c.pointee.n_groups, c.pointee.groups) = arena.copy(self.groups) { element in
            element.makeC(in: arena)
        }
        if let value = self.watermark {
            c.pointee.watermark = value.makeC(in: arena)
        }
        (c.pointee.rollup_hash.len, c.pointee.rollup_hash.data) = arena.copy(self.rollupHash)
        return c
    }
}

extension StatisticsV1.UnitStatus {
    public static let messageName = "quality.statistics.v1.UnitStatus"

    public static let schema = MessageSchema(Quality__Statistics__V1__UnitStatus.self, quality__statistics__v1__unit_status__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__UnitStatus.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__UnitStatus>, _ texts: TextReader) throws(RPCError) {
        self.reportingUnit = try texts.text(c.pointee.reporting_unit.data, c.pointee.reporting_unit.len, "quality.statistics.v1.UnitStatus.reporting_unit")
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.statistics.v1.UnitStatus.name")
        self.divisionCode = try texts.text(c.pointee.division_code.data, c.pointee.division_code.len, "quality.statistics.v1.UnitStatus.division_code")
        self.reportsTo = try texts.text(c.pointee.reports_to.data, c.pointee.reports_to.len, "quality.statistics.v1.UnitStatus.reports_to")
        self.reported = c.pointee.reported != 0
        self.version = c.pointee.version
        self.firstSealedUnixUs = c.pointee.first_sealed_unix_us
        self.timeliness = TypeV1.Timeliness(rawValue: Int32(truncatingIfNeeded: c.pointee.timeliness.rawValue))
        self.correctedLate = c.pointee.corrected_late != 0
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__UnitStatus> {
        let c = arena.allocate(Quality__Statistics__V1__UnitStatus.self)
        quality__statistics__v1__unit_status__init(c)
        (c.pointee.reporting_unit.len, c.pointee.reporting_unit.data) = arena.copy(self.reportingUnit)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.division_code.len, c.pointee.division_code.data) = arena.copy(self.divisionCode)
        (c.pointee.reports_to.len, c.pointee.reports_to.data) = arena.copy(self.reportsTo)
        c.pointee.reported = self.reported ? 1 : 0
        c.pointee.version = self.version
        c.pointee.first_sealed_unix_us = self.firstSealedUnixUs
        c.pointee.timeliness = Quality__Type__V1__Timeliness(rawValue: .init(truncatingIfNeeded: self.timeliness.rawValue))
        c.pointee.corrected_late = self.correctedLate ? 1 : 0
        return c
    }
}

extension StatisticsV1.GetCompletenessRequest {
    public static let messageName = "quality.statistics.v1.GetCompletenessRequest"

    public static let schema = MessageSchema(Quality__Statistics__V1__GetCompletenessRequest.self, quality__statistics__v1__get_completeness_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__GetCompletenessRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__GetCompletenessRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.statistics.v1.GetCompletenessRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.statistics.v1.GetCompletenessRequest.form")
        if let message = c.pointee.at_least {
            self.atLeast = try StatisticsV1.Watermark(fromC: message, texts)
        } else {
            self.atLeast = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__GetCompletenessRequest> {
        let c = arena.allocate(Quality__Statistics__V1__GetCompletenessRequest.self)
        quality__statistics__v1__get_completeness_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        if let value = self.atLeast {
            c.pointee.at_least = value.makeC(in: arena)
        }
        return c
    }
}

extension StatisticsV1.GetCompletenessResponse {
    public static let messageName = "quality.statistics.v1.GetCompletenessResponse"

    public static let schema = MessageSchema(Quality__Statistics__V1__GetCompletenessResponse.self, quality__statistics__v1__get_completeness_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Statistics__V1__GetCompletenessResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Statistics__V1__GetCompletenessResponse>, _ texts: TextReader) throws(RPCError) {
        self.units = try Decoding.messages(c.pointee.n_units, c.pointee.units) { (element) throws(RPCError) in
            try StatisticsV1.UnitStatus(fromC: element, texts)
        }
        self.expected = c.pointee.expected
        self.reported = c.pointee.reported
        if let message = c.pointee.watermark {
            self.watermark = try StatisticsV1.Watermark(fromC: message, texts)
        } else {
            self.watermark = nil
        }
        self.unlisted = try Decoding.messages(c.pointee.n_unlisted, c.pointee.unlisted) { (element) throws(RPCError) in
            try StatisticsV1.UnitStatus(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Statistics__V1__GetCompletenessResponse> {
        let c = arena.allocate(Quality__Statistics__V1__GetCompletenessResponse.self)
        quality__statistics__v1__get_completeness_response__init(c)
        (c.pointee.n_units, c.pointee.units) = arena.copy(self.units) { element in
            element.makeC(in: arena)
        }
        c.pointee.expected = self.expected
        c.pointee.reported = self.reported
        if let value = self.watermark {
            c.pointee.watermark = value.makeC(in: arena)
        }
        (c.pointee.n_unlisted, c.pointee.unlisted) = arena.copy(self.unlisted) { element in
            element.makeC(in: arena)
        }
        return c
    }
}
