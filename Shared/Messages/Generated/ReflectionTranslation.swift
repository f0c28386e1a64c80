// Generated from Proto/quality/rpc/v1/reflection.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension RPCV1.ListServicesRequest {
    public static let messageName = "quality.rpc.v1.ListServicesRequest"

    public static let schema = MessageSchema(Quality__Rpc__V1__ListServicesRequest.self, quality__rpc__v1__list_services_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__ListServicesRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__ListServicesRequest>, _ texts: TextReader) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__ListServicesRequest> {
        let c = arena.allocate(Quality__Rpc__V1__ListServicesRequest.self)
        quality__rpc__v1__list_services_request__init(c)
        return c
    }
}

extension RPCV1.ListServicesResponse {
    public static let messageName = "quality.rpc.v1.ListServicesResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__ListServicesResponse.self, quality__rpc__v1__list_services_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__ListServicesResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__ListServicesResponse>, _ texts: TextReader) throws(RPCError) {
        self.service = try Decoding.messages(c.pointee.n_service, c.pointee.service) { (element) throws(RPCError) in
            try RPCV1.ServiceResponse(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__ListServicesResponse> {
        let c = arena.allocate(Quality__Rpc__V1__ListServicesResponse.self)
        quality__rpc__v1__list_services_response__init(c)
        (c.pointee.n_service, c.pointee.service) = arena.copy(self.service) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.ServiceResponse {
    public static let messageName = "quality.rpc.v1.ServiceResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__ServiceResponse.self, quality__rpc__v1__service_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__ServiceResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__ServiceResponse>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.ServiceResponse.name")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__ServiceResponse> {
        let c = arena.allocate(Quality__Rpc__V1__ServiceResponse.self)
        quality__rpc__v1__service_response__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        return c
    }
}

extension RPCV1.GetFileContainingSymbolRequest {
    public static let messageName = "quality.rpc.v1.GetFileContainingSymbolRequest"

    public static let schema = MessageSchema(Quality__Rpc__V1__GetFileContainingSymbolRequest.self, quality__rpc__v1__get_file_containing_symbol_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__GetFileContainingSymbolRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__GetFileContainingSymbolRequest>, _ texts: TextReader) throws(RPCError) {
        self.symbol = try texts.text(c.pointee.symbol.data, c.pointee.symbol.len, "quality.rpc.v1.GetFileContainingSymbolRequest.symbol")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__GetFileContainingSymbolRequest> {
        let c = arena.allocate(Quality__Rpc__V1__GetFileContainingSymbolRequest.self)
        quality__rpc__v1__get_file_containing_symbol_request__init(c)
        (c.pointee.symbol.len, c.pointee.symbol.data) = arena.copy(self.symbol)
        return c
    }
}

extension RPCV1.GetFileContainingSymbolResponse {
    public static let messageName = "quality.rpc.v1.GetFileContainingSymbolResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__GetFileContainingSymbolResponse.self, quality__rpc__v1__get_file_containing_symbol_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__GetFileContainingSymbolResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__GetFileContainingSymbolResponse>, _ texts: TextReader) throws(RPCError) {
        self.fileDescriptorProto = try Decoding.array(c.pointee.n_file_descriptor_proto, c.pointee.file_descriptor_proto) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__GetFileContainingSymbolResponse> {
        let c = arena.allocate(Quality__Rpc__V1__GetFileContainingSymbolResponse.self)
        quality__rpc__v1__get_file_containing_symbol_response__init(c)
        (c.pointee.n_file_descriptor_proto, c.pointee.file_descriptor_proto) = arena.copy(self.fileDescriptorProto) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        return c
    }
}

extension RPCV1.GetFileDescriptorSetRequest {
    public static let messageName = "quality.rpc.v1.GetFileDescriptorSetRequest"

    public static let schema = MessageSchema(Quality__Rpc__V1__GetFileDescriptorSetRequest.self, quality__rpc__v1__get_file_descriptor_set_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__GetFileDescriptorSetRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__GetFileDescriptorSetRequest>, _ texts: TextReader) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__GetFileDescriptorSetRequest> {
        let c = arena.allocate(Quality__Rpc__V1__GetFileDescriptorSetRequest.self)
        quality__rpc__v1__get_file_descriptor_set_request__init(c)
        return c
    }
}

extension RPCV1.GetFileDescriptorSetResponse {
    public static let messageName = "quality.rpc.v1.GetFileDescriptorSetResponse"

    public static let schema = MessageSchema(Quality__Rpc__V1__GetFileDescriptorSetResponse.self, quality__rpc__v1__get_file_descriptor_set_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__GetFileDescriptorSetResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__GetFileDescriptorSetResponse>, _ texts: TextReader) throws(RPCError) {
        self.fileDescriptorSet = Decoding.bytes(c.pointee.file_descriptor_set.data, c.pointee.file_descriptor_set.len)
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__GetFileDescriptorSetResponse> {
        let c = arena.allocate(Quality__Rpc__V1__GetFileDescriptorSetResponse.self)
        quality__rpc__v1__get_file_descriptor_set_response__init(c)
        (c.pointee.file_descriptor_set.len, c.pointee.file_descriptor_set.data) = arena.copy(self.fileDescriptorSet)
        return c
    }
}
