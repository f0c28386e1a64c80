// Generated from Proto/quality/testing/v1/testing.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
internal import CTestingMessages
public import MessageRuntime
public import RPC

extension TestingV1.Value {
    public static let messageName = "quality.testing.v1.Value"

    public static let schema = MessageSchema(Quality__Testing__V1__Value.self, quality__testing__v1__value__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Value.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Value>, _ texts: TextReader) throws(RPCError) {
        self.indicator = try texts.text(c.pointee.indicator.data, c.pointee.indicator.len, "quality.testing.v1.Value.indicator")
        switch c.pointee.kind_case.rawValue {
        case 2:
            self.kind = .integer(c.pointee.integer)
        case 3:
            self.kind = .number(c.pointee.number)
        case 4:
            self.kind = .text(try texts.text(c.pointee.text.data, c.pointee.text.len, "quality.testing.v1.Value.text"))
        default:
            self.kind = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__Value> {
        let c = arena.allocate(Quality__Testing__V1__Value.self)
        quality__testing__v1__value__init(c)
        (c.pointee.indicator.len, c.pointee.indicator.data) = arena.copy(self.indicator)
        switch self.kind {
        case .integer(let value):
            c.pointee.kind_case = .init(rawValue: 2)
            c.pointee.integer = value
        case .number(let value):
            c.pointee.kind_case = .init(rawValue: 3)
            c.pointee.number = value
        case .text(let value):
            c.pointee.kind_case = .init(rawValue: 4)
            (c.pointee.text.len, c.pointee.text.data) = arena.copy(value)
        case nil:
            break
        }
        return c
    }
}

extension TestingV1.SubmitRequest {
    public static let messageName = "quality.testing.v1.SubmitRequest"

    public static let schema = MessageSchema(Quality__Testing__V1__SubmitRequest.self, quality__testing__v1__submit_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SubmitRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SubmitRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.testing.v1.SubmitRequest.campaign")
        self.org = try texts.text(c.pointee.org.data, c.pointee.org.len, "quality.testing.v1.SubmitRequest.org")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.testing.v1.SubmitRequest.form")
        self.revision = c.pointee.revision
        self.idempotencyKey = try texts.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.testing.v1.SubmitRequest.idempotency_key")
        self.values = try Decoding.messages(c.pointee.n_values, c.pointee.values) { (element) throws(RPCError) in
            try TestingV1.Value(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__SubmitRequest> {
        let c = arena.allocate(Quality__Testing__V1__SubmitRequest.self)
        quality__testing__v1__submit_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.org.len, c.pointee.org.data) = arena.copy(self.org)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.revision = self.revision
        (c.pointee.idempotency_key.len, c.pointee.idempotency_key.data) = arena.copy(self.idempotencyKey)
        (c.pointee.n_values, c.pointee.values) = arena.copy(self.values) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension TestingV1.SubmitResponse {
    public static let messageName = "quality.testing.v1.SubmitResponse"

    public static let schema = MessageSchema(Quality__Testing__V1__SubmitResponse.self, quality__testing__v1__submit_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SubmitResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SubmitResponse>, _ texts: TextReader) throws(RPCError) {
        self.receiptID = try texts.text(c.pointee.receipt_id.data, c.pointee.receipt_id.len, "quality.testing.v1.SubmitResponse.receipt_id")
        self.sequence = c.pointee.sequence
        self.receivedUnixMs = c.pointee.received_unix_ms
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__SubmitResponse> {
        let c = arena.allocate(Quality__Testing__V1__SubmitResponse.self)
        quality__testing__v1__submit_response__init(c)
        (c.pointee.receipt_id.len, c.pointee.receipt_id.data) = arena.copy(self.receiptID)
        c.pointee.sequence = self.sequence
        c.pointee.received_unix_ms = self.receivedUnixMs
        return c
    }
}

extension TestingV1.Empty {
    public static let messageName = "quality.testing.v1.Empty"

    public static let schema = MessageSchema(Quality__Testing__V1__Empty.self, quality__testing__v1__empty__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Empty.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Empty>, _ texts: TextReader) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__Empty> {
        let c = arena.allocate(Quality__Testing__V1__Empty.self)
        quality__testing__v1__empty__init(c)
        return c
    }
}

extension TestingV1.Payload {
    public static let messageName = "quality.testing.v1.Payload"

    public static let schema = MessageSchema(Quality__Testing__V1__Payload.self, quality__testing__v1__payload__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Payload.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Payload>, _ texts: TextReader) throws(RPCError) {
        self.body = Decoding.bytes(c.pointee.body.data, c.pointee.body.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__Payload> {
        let c = arena.allocate(Quality__Testing__V1__Payload.self)
        quality__testing__v1__payload__init(c)
        (c.pointee.body.len, c.pointee.body.data) = arena.copy(self.body)
        return c
    }
}

extension TestingV1.SimpleRequest {
    public static let messageName = "quality.testing.v1.SimpleRequest"

    public static let schema = MessageSchema(Quality__Testing__V1__SimpleRequest.self, quality__testing__v1__simple_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SimpleRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SimpleRequest>, _ texts: TextReader) throws(RPCError) {
        self.responseBytes = c.pointee.response_bytes
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message, texts)
        } else {
            self.payload = nil
        }
        self.statusCode = c.pointee.status_code
        self.statusMessage = try texts.text(c.pointee.status_message.data, c.pointee.status_message.len, "quality.testing.v1.SimpleRequest.status_message")
        self.delayMs = c.pointee.delay_ms
        self.expectedValue = c.pointee.expected_value_presence_case.rawValue == 6 ? c.pointee.expected_value : nil
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__SimpleRequest> {
        let c = arena.allocate(Quality__Testing__V1__SimpleRequest.self)
        quality__testing__v1__simple_request__init(c)
        c.pointee.response_bytes = self.responseBytes
        if let value = self.payload {
            c.pointee.payload = value.makeC(in: arena)
        }
        c.pointee.status_code = self.statusCode
        (c.pointee.status_message.len, c.pointee.status_message.data) = arena.copy(self.statusMessage)
        c.pointee.delay_ms = self.delayMs
        if let value = self.expectedValue {
            c.pointee.expected_value_presence_case = .init(rawValue: 6)
            c.pointee.expected_value = value
        }
        return c
    }
}

extension TestingV1.SimpleResponse {
    public static let messageName = "quality.testing.v1.SimpleResponse"

    public static let schema = MessageSchema(Quality__Testing__V1__SimpleResponse.self, quality__testing__v1__simple_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SimpleResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SimpleResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message, texts)
        } else {
            self.payload = nil
        }
        self.caller = try texts.text(c.pointee.caller.data, c.pointee.caller.len, "quality.testing.v1.SimpleResponse.caller")
        self.remainingUs = c.pointee.remaining_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__SimpleResponse> {
        let c = arena.allocate(Quality__Testing__V1__SimpleResponse.self)
        quality__testing__v1__simple_response__init(c)
        if let value = self.payload {
            c.pointee.payload = value.makeC(in: arena)
        }
        (c.pointee.caller.len, c.pointee.caller.data) = arena.copy(self.caller)
        c.pointee.remaining_us = self.remainingUs
        return c
    }
}

extension TestingV1.StreamingInputRequest {
    public static let messageName = "quality.testing.v1.StreamingInputRequest"

    public static let schema = MessageSchema(Quality__Testing__V1__StreamingInputRequest.self, quality__testing__v1__streaming_input_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingInputRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingInputRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message, texts)
        } else {
            self.payload = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__StreamingInputRequest> {
        let c = arena.allocate(Quality__Testing__V1__StreamingInputRequest.self)
        quality__testing__v1__streaming_input_request__init(c)
        if let value = self.payload {
            c.pointee.payload = value.makeC(in: arena)
        }
        return c
    }
}

extension TestingV1.StreamingInputResponse {
    public static let messageName = "quality.testing.v1.StreamingInputResponse"

    public static let schema = MessageSchema(Quality__Testing__V1__StreamingInputResponse.self, quality__testing__v1__streaming_input_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingInputResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingInputResponse>, _ texts: TextReader) throws(RPCError) {
        self.aggregatedPayloadBytes = c.pointee.aggregated_payload_bytes
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__StreamingInputResponse> {
        let c = arena.allocate(Quality__Testing__V1__StreamingInputResponse.self)
        quality__testing__v1__streaming_input_response__init(c)
        c.pointee.aggregated_payload_bytes = self.aggregatedPayloadBytes
        return c
    }
}

extension TestingV1.StreamingOutputRequest {
    public static let messageName = "quality.testing.v1.StreamingOutputRequest"

    public static let schema = MessageSchema(Quality__Testing__V1__StreamingOutputRequest.self, quality__testing__v1__streaming_output_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingOutputRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingOutputRequest>, _ texts: TextReader) throws(RPCError) {
        self.responseBytes = try Decoding.array(c.pointee.n_response_bytes, c.pointee.response_bytes) { (element) throws(RPCError) in
            element
        }
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message, texts)
        } else {
            self.payload = nil
        }
        self.statusCode = c.pointee.status_code
        self.statusMessage = try texts.text(c.pointee.status_message.data, c.pointee.status_message.len, "quality.testing.v1.StreamingOutputRequest.status_message")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__StreamingOutputRequest> {
        let c = arena.allocate(Quality__Testing__V1__StreamingOutputRequest.self)
        quality__testing__v1__streaming_output_request__init(c)
        (c.pointee.n_response_bytes, c.pointee.response_bytes) = arena.copy(self.responseBytes) { element in
            element
        }
        if let value = self.payload {
            c.pointee.payload = value.makeC(in: arena)
        }
        c.pointee.status_code = self.statusCode
        (c.pointee.status_message.len, c.pointee.status_message.data) = arena.copy(self.statusMessage)
        return c
    }
}

extension TestingV1.StreamingOutputResponse {
    public static let messageName = "quality.testing.v1.StreamingOutputResponse"

    public static let schema = MessageSchema(Quality__Testing__V1__StreamingOutputResponse.self, quality__testing__v1__streaming_output_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingOutputResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingOutputResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message, texts)
        } else {
            self.payload = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__StreamingOutputResponse> {
        let c = arena.allocate(Quality__Testing__V1__StreamingOutputResponse.self)
        quality__testing__v1__streaming_output_response__init(c)
        if let value = self.payload {
            c.pointee.payload = value.makeC(in: arena)
        }
        return c
    }
}

extension TestingV1.EveryKind {
    public static let messageName = "quality.testing.v1.EveryKind"

    public static let schema = MessageSchema(Quality__Testing__V1__EveryKind.self, quality__testing__v1__every_kind__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__EveryKind.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__EveryKind>, _ texts: TextReader) throws(RPCError) {
        self.oneDouble = c.pointee.one_double
        self.oneFloat = c.pointee.one_float
        self.oneInt32 = c.pointee.one_int32
        self.oneInt64 = c.pointee.one_int64
        self.oneUint32 = c.pointee.one_uint32
        self.oneUint64 = c.pointee.one_uint64
        self.oneSint32 = c.pointee.one_sint32
        self.oneSint64 = c.pointee.one_sint64
        self.oneFixed32 = c.pointee.one_fixed32
        self.oneFixed64 = c.pointee.one_fixed64
        self.oneSfixed32 = c.pointee.one_sfixed32
        self.oneSfixed64 = c.pointee.one_sfixed64
        self.oneBool = c.pointee.one_bool != 0
        self.oneString = try texts.text(c.pointee.one_string.data, c.pointee.one_string.len, "quality.testing.v1.EveryKind.one_string")
        self.oneBytes = Decoding.bytes(c.pointee.one_bytes.data, c.pointee.one_bytes.len)
        self.oneColour = TestingV1.EveryKind.Colour(rawValue: Int32(truncatingIfNeeded: c.pointee.one_colour.rawValue))
        if let message = c.pointee.one_inner {
            self.oneInner = try TestingV1.EveryKind.Inner(fromC: message, texts)
        } else {
            self.oneInner = nil
        }
        self.maybeDouble = c.pointee.maybe_double_presence_case.rawValue == 21 ? c.pointee.maybe_double : nil
        self.maybeFloat = c.pointee.maybe_float_presence_case.rawValue == 22 ? c.pointee.maybe_float : nil
        self.maybeInt32 = c.pointee.maybe_int32_presence_case.rawValue == 23 ? c.pointee.maybe_int32 : nil
        self.maybeInt64 = c.pointee.maybe_int64_presence_case.rawValue == 24 ? c.pointee.maybe_int64 : nil
        self.maybeUint32 = c.pointee.maybe_uint32_presence_case.rawValue == 25 ? c.pointee.maybe_uint32 : nil
        self.maybeUint64 = c.pointee.maybe_uint64_presence_case.rawValue == 26 ? c.pointee.maybe_uint64 : nil
        self.maybeSint32 = c.pointee.maybe_sint32_presence_case.rawValue == 27 ? c.pointee.maybe_sint32 : nil
        self.maybeSint64 = c.pointee.maybe_sint64_presence_case.rawValue == 28 ? c.pointee.maybe_sint64 : nil
        self.maybeFixed32 = c.pointee.maybe_fixed32_presence_case.rawValue == 29 ? c.pointee.maybe_fixed32 : nil
        self.maybeFixed64 = c.pointee.maybe_fixed64_presence_case.rawValue == 30 ? c.pointee.maybe_fixed64 : nil
        self.maybeSfixed32 = c.pointee.maybe_sfixed32_presence_case.rawValue == 31 ? c.pointee.maybe_sfixed32 : nil
        self.maybeSfixed64 = c.pointee.maybe_sfixed64_presence_case.rawValue == 32 ? c.pointee.maybe_sfixed64 : nil
        self.maybeBool = c.pointee.maybe_bool_presence_case.rawValue == 33 ? c.pointee.maybe_bool != 0 : nil
        self.maybeString = c.pointee.maybe_string_presence_case.rawValue == 34 ? try texts.text(c.pointee.maybe_string.data, c.pointee.maybe_string.len, "quality.testing.v1.EveryKind.maybe_string") : nil
        self.maybeBytes = c.pointee.maybe_bytes_presence_case.rawValue == 35 ? Decoding.bytes(c.pointee.maybe_bytes.data, c.pointee.maybe_bytes.len) : nil
        self.maybeColour = c.pointee.maybe_colour_presence_case.rawValue == 36 ? TestingV1.EveryKind.Colour(rawValue: Int32(truncatingIfNeeded: c.pointee.maybe_colour.rawValue)) : nil
        self.maybeInner = c.pointee.maybe_inner_presence_case.rawValue == 37 ? try TestingV1.EveryKind.Inner(fromC: c.pointee.maybe_inner, texts) : nil
        self.manyDouble = try Decoding.array(c.pointee.n_many_double, c.pointee.many_double) { (element) throws(RPCError) in
            element
        }
        self.manyFloat = try Decoding.array(c.pointee.n_many_float, c.pointee.many_float) { (element) throws(RPCError) in
            element
        }
        self.manyInt32 = try Decoding.array(c.pointee.n_many_int32, c.pointee.many_int32) { (element) throws(RPCError) in
            element
        }
        self.manyInt64 = try Decoding.array(c.pointee.n_many_int64, c.pointee.many_int64) { (element) throws(RPCError) in
            element
        }
        self.manyUint32 = try Decoding.array(c.pointee.n_many_uint32, c.pointee.many_uint32) { (element) throws(RPCError) in
            element
        }
        self.manyUint64 = try Decoding.array(c.pointee.n_many_uint64, c.pointee.many_uint64) { (element) throws(RPCError) in
            element
        }
        self.manySint32 = try Decoding.array(c.pointee.n_many_sint32, c.pointee.many_sint32) { (element) throws(RPCError) in
            element
        }
        self.manySint64 = try Decoding.array(c.pointee.n_many_sint64, c.pointee.many_sint64) { (element) throws(RPCError) in
            element
        }
        self.manyFixed32 = try Decoding.array(c.pointee.n_many_fixed32, c.pointee.many_fixed32) { (element) throws(RPCError) in
            element
        }
        self.manyFixed64 = try Decoding.array(c.pointee.n_many_fixed64, c.pointee.many_fixed64) { (element) throws(RPCError) in
            element
        }
        self.manySfixed32 = try Decoding.array(c.pointee.n_many_sfixed32, c.pointee.many_sfixed32) { (element) throws(RPCError) in
            element
        }
        self.manySfixed64 = try Decoding.array(c.pointee.n_many_sfixed64, c.pointee.many_sfixed64) { (element) throws(RPCError) in
            element
        }
        self.manyBool = try Decoding.array(c.pointee.n_many_bool, c.pointee.many_bool) { (element) throws(RPCError) in
            element != 0
        }
        self.manyString = try Decoding.array(c.pointee.n_many_string, c.pointee.many_string) { (element) throws(RPCError) in
            try texts.text(element.data, element.len, "quality.testing.v1.EveryKind.many_string")
        }
        self.manyBytes = try Decoding.array(c.pointee.n_many_bytes, c.pointee.many_bytes) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
        self.manyColour = try Decoding.array(c.pointee.n_many_colour, c.pointee.many_colour) { (element) throws(RPCError) in
            TestingV1.EveryKind.Colour(rawValue: Int32(truncatingIfNeeded: element.rawValue))
        }
        self.manyInner = try Decoding.messages(c.pointee.n_many_inner, c.pointee.many_inner) { (element) throws(RPCError) in
            try TestingV1.EveryKind.Inner(fromC: element, texts)
        }
        switch c.pointee.choice_case.rawValue {
        case 61:
            self.choice = .choiceDouble(c.pointee.choice_double)
        case 62:
            self.choice = .choiceFloat(c.pointee.choice_float)
        case 63:
            self.choice = .choiceInt32(c.pointee.choice_int32)
        case 64:
            self.choice = .choiceInt64(c.pointee.choice_int64)
        case 65:
            self.choice = .choiceUint32(c.pointee.choice_uint32)
        case 66:
            self.choice = .choiceUint64(c.pointee.choice_uint64)
        case 67:
            self.choice = .choiceSint32(c.pointee.choice_sint32)
        case 68:
            self.choice = .choiceSint64(c.pointee.choice_sint64)
        case 69:
            self.choice = .choiceFixed32(c.pointee.choice_fixed32)
        case 70:
            self.choice = .choiceFixed64(c.pointee.choice_fixed64)
        case 71:
            self.choice = .choiceSfixed32(c.pointee.choice_sfixed32)
        case 72:
            self.choice = .choiceSfixed64(c.pointee.choice_sfixed64)
        case 73:
            self.choice = .choiceBool(c.pointee.choice_bool != 0)
        case 74:
            self.choice = .choiceString(try texts.text(c.pointee.choice_string.data, c.pointee.choice_string.len, "quality.testing.v1.EveryKind.choice_string"))
        case 75:
            self.choice = .choiceBytes(Decoding.bytes(c.pointee.choice_bytes.data, c.pointee.choice_bytes.len))
        case 76:
            self.choice = .choiceColour(TestingV1.EveryKind.Colour(rawValue: Int32(truncatingIfNeeded: c.pointee.choice_colour.rawValue)))
        case 77:
            if let message = c.pointee.choice_inner {
                self.choice = .choiceInner(try TestingV1.EveryKind.Inner(fromC: message, texts))
            } else {
                self.choice = nil
            }
        default:
            self.choice = nil
        }
        self.`default` = try texts.text(c.pointee.default_.data, c.pointee.default_.len, "quality.testing.v1.EveryKind.default")
        self.register = c.pointee.register_presence_case.rawValue == 81 ? c.pointee.register_ != 0 : nil
        self.`in` = try Decoding.array(c.pointee.n_in, c.pointee.in) { (element) throws(RPCError) in
            element
        }
        switch c.pointee.extension_case.rawValue {
        case 83:
            self.`extension` = .`switch`(c.pointee.switch_)
        case 84:
            self.`extension` = .`operator`(try texts.text(c.pointee.operator_.data, c.pointee.operator_.len, "quality.testing.v1.EveryKind.operator"))
        default:
            self.`extension` = nil
        }
        self.far = c.pointee.far
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__EveryKind> {
        let c = arena.allocate(Quality__Testing__V1__EveryKind.self)
        quality__testing__v1__every_kind__init(c)
        c.pointee.one_double = self.oneDouble
        c.pointee.one_float = self.oneFloat
        c.pointee.one_int32 = self.oneInt32
        c.pointee.one_int64 = self.oneInt64
        c.pointee.one_uint32 = self.oneUint32
        c.pointee.one_uint64 = self.oneUint64
        c.pointee.one_sint32 = self.oneSint32
        c.pointee.one_sint64 = self.oneSint64
        c.pointee.one_fixed32 = self.oneFixed32
        c.pointee.one_fixed64 = self.oneFixed64
        c.pointee.one_sfixed32 = self.oneSfixed32
        c.pointee.one_sfixed64 = self.oneSfixed64
        c.pointee.one_bool = self.oneBool ? 1 : 0
        (c.pointee.one_string.len, c.pointee.one_string.data) = arena.copy(self.oneString)
        (c.pointee.one_bytes.len, c.pointee.one_bytes.data) = arena.copy(self.oneBytes)
        c.pointee.one_colour = Quality__Testing__V1__EveryKind__Colour(rawValue: .init(truncatingIfNeeded: self.oneColour.rawValue))
        if let value = self.oneInner {
            c.pointee.one_inner = value.makeC(in: arena)
        }
        if let value = self.maybeDouble {
            c.pointee.maybe_double_presence_case = .init(rawValue: 21)
            c.pointee.maybe_double = value
        }
        if let value = self.maybeFloat {
            c.pointee.maybe_float_presence_case = .init(rawValue: 22)
            c.pointee.maybe_float = value
        }
        if let value = self.maybeInt32 {
            c.pointee.maybe_int32_presence_case = .init(rawValue: 23)
            c.pointee.maybe_int32 = value
        }
        if let value = self.maybeInt64 {
            c.pointee.maybe_int64_presence_case = .init(rawValue: 24)
            c.pointee.maybe_int64 = value
        }
        if let value = self.maybeUint32 {
            c.pointee.maybe_uint32_presence_case = .init(rawValue: 25)
            c.pointee.maybe_uint32 = value
        }
        if let value = self.maybeUint64 {
            c.pointee.maybe_uint64_presence_case = .init(rawValue: 26)
            c.pointee.maybe_uint64 = value
        }
        if let value = self.maybeSint32 {
            c.pointee.maybe_sint32_presence_case = .init(rawValue: 27)
            c.pointee.maybe_sint32 = value
        }
        if let value = self.maybeSint64 {
            c.pointee.maybe_sint64_presence_case = .init(rawValue: 28)
            c.pointee.maybe_sint64 = value
        }
        if let value = self.maybeFixed32 {
            c.pointee.maybe_fixed32_presence_case = .init(rawValue: 29)
            c.pointee.maybe_fixed32 = value
        }
        if let value = self.maybeFixed64 {
            c.pointee.maybe_fixed64_presence_case = .init(rawValue: 30)
            c.pointee.maybe_fixed64 = value
        }
        if let value = self.maybeSfixed32 {
            c.pointee.maybe_sfixed32_presence_case = .init(rawValue: 31)
            c.pointee.maybe_sfixed32 = value
        }
        if let value = self.maybeSfixed64 {
            c.pointee.maybe_sfixed64_presence_case = .init(rawValue: 32)
            c.pointee.maybe_sfixed64 = value
        }
        if let value = self.maybeBool {
            c.pointee.maybe_bool_presence_case = .init(rawValue: 33)
            c.pointee.maybe_bool = value ? 1 : 0
        }
        if let value = self.maybeString {
            c.pointee.maybe_string_presence_case = .init(rawValue: 34)
            (c.pointee.maybe_string.len, c.pointee.maybe_string.data) = arena.copy(value)
        }
        if let value = self.maybeBytes {
            c.pointee.maybe_bytes_presence_case = .init(rawValue: 35)
            (c.pointee.maybe_bytes.len, c.pointee.maybe_bytes.data) = arena.copy(value)
        }
        if let value = self.maybeColour {
            c.pointee.maybe_colour_presence_case = .init(rawValue: 36)
            c.pointee.maybe_colour = Quality__Testing__V1__EveryKind__Colour(rawValue: .init(truncatingIfNeeded: value.rawValue))
        }
        if let value = self.maybeInner {
            c.pointee.maybe_inner_presence_case = .init(rawValue: 37)
            c.pointee.maybe_inner = value.makeC(in: arena)
        }
        (c.pointee.n_many_double, c.pointee.many_double) = arena.copy(self.manyDouble) { element in
            element
        }
        (c.pointee.n_many_float, c.pointee.many_float) = arena.copy(self.manyFloat) { element in
            element
        }
        (c.pointee.n_many_int32, c.pointee.many_int32) = arena.copy(self.manyInt32) { element in
            element
        }
        (c.pointee.n_many_int64, c.pointee.many_int64) = arena.copy(self.manyInt64) { element in
            element
        }
        (c.pointee.n_many_uint32, c.pointee.many_uint32) = arena.copy(self.manyUint32) { element in
            element
        }
        (c.pointee.n_many_uint64, c.pointee.many_uint64) = arena.copy(self.manyUint64) { element in
            element
        }
        (c.pointee.n_many_sint32, c.pointee.many_sint32) = arena.copy(self.manySint32) { element in
            element
        }
        (c.pointee.n_many_sint64, c.pointee.many_sint64) = arena.copy(self.manySint64) { element in
            element
        }
        (c.pointee.n_many_fixed32, c.pointee.many_fixed32) = arena.copy(self.manyFixed32) { element in
            element
        }
        (c.pointee.n_many_fixed64, c.pointee.many_fixed64) = arena.copy(self.manyFixed64) { element in
            element
        }
        (c.pointee.n_many_sfixed32, c.pointee.many_sfixed32) = arena.copy(self.manySfixed32) { element in
            element
        }
        (c.pointee.n_many_sfixed64, c.pointee.many_sfixed64) = arena.copy(self.manySfixed64) { element in
            element
        }
        (c.pointee.n_many_bool, c.pointee.many_bool) = arena.copy(self.manyBool) { element in
            element ? 1 : 0
        }
        (c.pointee.n_many_string, c.pointee.many_string) = arena.copy(self.manyString) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        (c.pointee.n_many_bytes, c.pointee.many_bytes) = arena.copy(self.manyBytes) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        (c.pointee.n_many_colour, c.pointee.many_colour) = arena.copy(self.manyColour) { element in
            Quality__Testing__V1__EveryKind__Colour(rawValue: .init(truncatingIfNeeded: element.rawValue))
        }
        (c.pointee.n_many_inner, c.pointee.many_inner) = arena.copy(self.manyInner) { element in
            element.makeC(in: arena)
        }
        switch self.choice {
        case .choiceDouble(let value):
            c.pointee.choice_case = .init(rawValue: 61)
            c.pointee.choice_double = value
        case .choiceFloat(let value):
            c.pointee.choice_case = .init(rawValue: 62)
            c.pointee.choice_float = value
        case .choiceInt32(let value):
            c.pointee.choice_case = .init(rawValue: 63)
            c.pointee.choice_int32 = value
        case .choiceInt64(let value):
            c.pointee.choice_case = .init(rawValue: 64)
            c.pointee.choice_int64 = value
        case .choiceUint32(let value):
            c.pointee.choice_case = .init(rawValue: 65)
            c.pointee.choice_uint32 = value
        case .choiceUint64(let value):
            c.pointee.choice_case = .init(rawValue: 66)
            c.pointee.choice_uint64 = value
        case .choiceSint32(let value):
            c.pointee.choice_case = .init(rawValue: 67)
            c.pointee.choice_sint32 = value
        case .choiceSint64(let value):
            c.pointee.choice_case = .init(rawValue: 68)
            c.pointee.choice_sint64 = value
        case .choiceFixed32(let value):
            c.pointee.choice_case = .init(rawValue: 69)
            c.pointee.choice_fixed32 = value
        case .choiceFixed64(let value):
            c.pointee.choice_case = .init(rawValue: 70)
            c.pointee.choice_fixed64 = value
        case .choiceSfixed32(let value):
            c.pointee.choice_case = .init(rawValue: 71)
            c.pointee.choice_sfixed32 = value
        case .choiceSfixed64(let value):
            c.pointee.choice_case = .init(rawValue: 72)
            c.pointee.choice_sfixed64 = value
        case .choiceBool(let value):
            c.pointee.choice_case = .init(rawValue: 73)
            c.pointee.choice_bool = value ? 1 : 0
        case .choiceString(let value):
            c.pointee.choice_case = .init(rawValue: 74)
            (c.pointee.choice_string.len, c.pointee.choice_string.data) = arena.copy(value)
        case .choiceBytes(let value):
            c.pointee.choice_case = .init(rawValue: 75)
            (c.pointee.choice_bytes.len, c.pointee.choice_bytes.data) = arena.copy(value)
        case .choiceColour(let value):
            c.pointee.choice_case = .init(rawValue: 76)
            c.pointee.choice_colour = Quality__Testing__V1__EveryKind__Colour(rawValue: .init(truncatingIfNeeded: value.rawValue))
        case .choiceInner(let value):
            c.pointee.choice_case = .init(rawValue: 77)
            c.pointee.choice_inner = value.makeC(in: arena)
        case nil:
            break
        }
        (c.pointee.default_.len, c.pointee.default_.data) = arena.copy(self.`default`)
        if let value = self.register {
            c.pointee.register_presence_case = .init(rawValue: 81)
            c.pointee.register_ = value ? 1 : 0
        }
        (c.pointee.n_in, c.pointee.in) = arena.copy(self.`in`) { element in
            element
        }
        switch self.`extension` {
        case .`switch`(let value):
            c.pointee.extension_case = .init(rawValue: 83)
            c.pointee.switch_ = value
        case .`operator`(let value):
            c.pointee.extension_case = .init(rawValue: 84)
            (c.pointee.operator_.len, c.pointee.operator_.data) = arena.copy(value)
        case nil:
            break
        }
        c.pointee.far = self.far
        return c
    }
}

extension TestingV1.EveryKind.Inner {
    public static let messageName = "quality.testing.v1.EveryKind.Inner"

    public static let schema = MessageSchema(Quality__Testing__V1__EveryKind__Inner.self, quality__testing__v1__every_kind__inner__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__EveryKind__Inner.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__EveryKind__Inner>, _ texts: TextReader) throws(RPCError) {
        self.number = c.pointee.number
        if let message = c.pointee.innermost {
            self.innermost = try TestingV1.EveryKind.Inner.Innermost(fromC: message, texts)
        } else {
            self.innermost = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__EveryKind__Inner> {
        let c = arena.allocate(Quality__Testing__V1__EveryKind__Inner.self)
        quality__testing__v1__every_kind__inner__init(c)
        c.pointee.number = self.number
        if let value = self.innermost {
            c.pointee.innermost = value.makeC(in: arena)
        }
        return c
    }
}

extension TestingV1.EveryKind.Inner.Innermost {
    public static let messageName = "quality.testing.v1.EveryKind.Inner.Innermost"

    public static let schema = MessageSchema(Quality__Testing__V1__EveryKind__Inner__Innermost.self, quality__testing__v1__every_kind__inner__innermost__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__EveryKind__Inner__Innermost.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__EveryKind__Inner__Innermost>, _ texts: TextReader) throws(RPCError) {
        self.text = try texts.text(c.pointee.text.data, c.pointee.text.len, "quality.testing.v1.EveryKind.Inner.Innermost.text")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__EveryKind__Inner__Innermost> {
        let c = arena.allocate(Quality__Testing__V1__EveryKind__Inner__Innermost.self)
        quality__testing__v1__every_kind__inner__innermost__init(c)
        (c.pointee.text.len, c.pointee.text.data) = arena.copy(self.text)
        return c
    }
}

extension TestingV1.FewKinds {
    public static let messageName = "quality.testing.v1.FewKinds"

    public static let schema = MessageSchema(Quality__Testing__V1__FewKinds.self, quality__testing__v1__few_kinds__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__FewKinds.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__FewKinds>, _ texts: TextReader) throws(RPCError) {
        self.oneInt32 = c.pointee.one_int32
        self.oneString = try texts.text(c.pointee.one_string.data, c.pointee.one_string.len, "quality.testing.v1.FewKinds.one_string")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__FewKinds> {
        let c = arena.allocate(Quality__Testing__V1__FewKinds.self)
        quality__testing__v1__few_kinds__init(c)
        c.pointee.one_int32 = self.oneInt32
        (c.pointee.one_string.len, c.pointee.one_string.data) = arena.copy(self.oneString)
        return c
    }
}
