// Generated from Proto/quality/testing/v1/testing.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
internal import CTestingMessages
public import MessageRuntime
public import RPC

extension TestingV1.Value {
    public static let messageName = "quality.testing.v1.Value"

    private static let schema = MessageSchema(Quality__Testing__V1__Value.self, quality__testing__v1__value__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Value.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Value>) throws(RPCError) {
        self.indicator = try Decoding.text(c.pointee.indicator.data, c.pointee.indicator.len, "quality.testing.v1.Value.indicator")
        switch c.pointee.kind_case.rawValue {
        case 2:
            self.kind = .integer(c.pointee.integer)
        case 3:
            self.kind = .number(c.pointee.number)
        case 4:
            self.kind = .text(try Decoding.text(c.pointee.text.data, c.pointee.text.len, "quality.testing.v1.Value.text"))
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

    private static let schema = MessageSchema(Quality__Testing__V1__SubmitRequest.self, quality__testing__v1__submit_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SubmitRequest.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SubmitRequest>) throws(RPCError) {
        self.campaign = try Decoding.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.testing.v1.SubmitRequest.campaign")
        self.org = try Decoding.text(c.pointee.org.data, c.pointee.org.len, "quality.testing.v1.SubmitRequest.org")
        self.form = try Decoding.text(c.pointee.form.data, c.pointee.form.len, "quality.testing.v1.SubmitRequest.form")
        self.revision = c.pointee.revision
        self.idempotencyKey = try Decoding.text(c.pointee.idempotency_key.data, c.pointee.idempotency_key.len, "quality.testing.v1.SubmitRequest.idempotency_key")
        self.values = try Decoding.messages(c.pointee.n_values, c.pointee.values) { (element) throws(RPCError) in
            try TestingV1.Value(fromC: element)
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

    private static let schema = MessageSchema(Quality__Testing__V1__SubmitResponse.self, quality__testing__v1__submit_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SubmitResponse.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SubmitResponse>) throws(RPCError) {
        self.receiptID = try Decoding.text(c.pointee.receipt_id.data, c.pointee.receipt_id.len, "quality.testing.v1.SubmitResponse.receipt_id")
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

    private static let schema = MessageSchema(Quality__Testing__V1__Empty.self, quality__testing__v1__empty__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Empty.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Empty>) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Testing__V1__Empty> {
        let c = arena.allocate(Quality__Testing__V1__Empty.self)
        quality__testing__v1__empty__init(c)
        return c
    }
}

extension TestingV1.Payload {
    public static let messageName = "quality.testing.v1.Payload"

    private static let schema = MessageSchema(Quality__Testing__V1__Payload.self, quality__testing__v1__payload__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__Payload.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__Payload>) throws(RPCError) {
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

    private static let schema = MessageSchema(Quality__Testing__V1__SimpleRequest.self, quality__testing__v1__simple_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SimpleRequest.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SimpleRequest>) throws(RPCError) {
        self.responseBytes = c.pointee.response_bytes
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message)
        } else {
            self.payload = nil
        }
        self.statusCode = c.pointee.status_code
        self.statusMessage = try Decoding.text(c.pointee.status_message.data, c.pointee.status_message.len, "quality.testing.v1.SimpleRequest.status_message")
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

    private static let schema = MessageSchema(Quality__Testing__V1__SimpleResponse.self, quality__testing__v1__simple_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__SimpleResponse.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__SimpleResponse>) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message)
        } else {
            self.payload = nil
        }
        self.caller = try Decoding.text(c.pointee.caller.data, c.pointee.caller.len, "quality.testing.v1.SimpleResponse.caller")
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

    private static let schema = MessageSchema(Quality__Testing__V1__StreamingInputRequest.self, quality__testing__v1__streaming_input_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingInputRequest.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingInputRequest>) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message)
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

    private static let schema = MessageSchema(Quality__Testing__V1__StreamingInputResponse.self, quality__testing__v1__streaming_input_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingInputResponse.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingInputResponse>) throws(RPCError) {
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

    private static let schema = MessageSchema(Quality__Testing__V1__StreamingOutputRequest.self, quality__testing__v1__streaming_output_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingOutputRequest.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingOutputRequest>) throws(RPCError) {
        self.responseBytes = try Decoding.array(c.pointee.n_response_bytes, c.pointee.response_bytes) { (element) throws(RPCError) in
            element
        }
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message)
        } else {
            self.payload = nil
        }
        self.statusCode = c.pointee.status_code
        self.statusMessage = try Decoding.text(c.pointee.status_message.data, c.pointee.status_message.len, "quality.testing.v1.StreamingOutputRequest.status_message")
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

    private static let schema = MessageSchema(Quality__Testing__V1__StreamingOutputResponse.self, quality__testing__v1__streaming_output_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Testing__V1__StreamingOutputResponse.self))
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Testing__V1__StreamingOutputResponse>) throws(RPCError) {
        if let message = c.pointee.payload {
            self.payload = try TestingV1.Payload(fromC: message)
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
