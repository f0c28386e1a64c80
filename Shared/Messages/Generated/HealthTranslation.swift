// Generated from Proto/quality/rpc/v1/health.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension RPCV1.CheckRequest {
    public static let messageName = "quality.rpc.v1.CheckRequest"

    public static let schema = MessageSchema(Quality__Rpc__V1__CheckRequest.self, quality__rpc__v1__check_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__CheckRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__CheckRequest>, _ texts: TextReader) throws(RPCError) {
        self.service = try texts.text(c.pointee.service.data, c.pointee.service.len, "quality.rpc.v1.CheckRequest.service")
        self.nowUnixUs = c.pointee.now_unix_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__CheckRequest> {
        let c = arena.allocate(Quality__Rpc__V1__CheckRequest.self)
        quality__rpc__v1__check_request__init(c)
        (c.pointee.service.len, c.pointee.service.data) = arena.copy(self.service)
        c.pointee.now_unix_us = self.nowUnixUs
        return c
    }
}

extension RPCV1.CheckResponse {
    public static let messageName = "quality.rpc.v1.CheckResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__CheckResponse.self, quality__rpc__v1__check_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__CheckResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__CheckResponse>, _ texts: TextReader) throws(RPCError) {
        self.status = RPCV1.ServingStatus(rawValue: Int32(truncatingIfNeeded: c.pointee.status.rawValue))
        self.reason = try texts.text(c.pointee.reason.data, c.pointee.reason.len, "quality.rpc.v1.CheckResponse.reason")
        self.nowUnixUs = c.pointee.now_unix_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__CheckResponse> {
        let c = arena.allocate(Quality__Rpc__V1__CheckResponse.self)
        quality__rpc__v1__check_response__init(c)
        c.pointee.status = Quality__Rpc__V1__ServingStatus(rawValue: .init(truncatingIfNeeded: self.status.rawValue))
        (c.pointee.reason.len, c.pointee.reason.data) = arena.copy(self.reason)
        c.pointee.now_unix_us = self.nowUnixUs
        return c
    }
}

extension RPCV1.WatchRequest {
    public static let messageName = "quality.rpc.v1.WatchRequest"

    public static let schema = MessageSchema(Quality__Rpc__V1__WatchRequest.self, quality__rpc__v1__watch_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__WatchRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__WatchRequest>, _ texts: TextReader) throws(RPCError) {
        self.service = try texts.text(c.pointee.service.data, c.pointee.service.len, "quality.rpc.v1.WatchRequest.service")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__WatchRequest> {
        let c = arena.allocate(Quality__Rpc__V1__WatchRequest.self)
        quality__rpc__v1__watch_request__init(c)
        (c.pointee.service.len, c.pointee.service.data) = arena.copy(self.service)
        return c
    }
}

extension RPCV1.WatchResponse {
    public static let messageName = "quality.rpc.v1.WatchResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__WatchResponse.self, quality__rpc__v1__watch_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__WatchResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__WatchResponse>, _ texts: TextReader) throws(RPCError) {
        self.status = RPCV1.ServingStatus(rawValue: Int32(truncatingIfNeeded: c.pointee.status.rawValue))
        self.reason = try texts.text(c.pointee.reason.data, c.pointee.reason.len, "quality.rpc.v1.WatchResponse.reason")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__WatchResponse> {
        let c = arena.allocate(Quality__Rpc__V1__WatchResponse.self)
        quality__rpc__v1__watch_response__init(c)
        c.pointee.status = Quality__Rpc__V1__ServingStatus(rawValue: .init(truncatingIfNeeded: self.status.rawValue))
        (c.pointee.reason.len, c.pointee.reason.data) = arena.copy(self.reason)
        return c
    }
}
