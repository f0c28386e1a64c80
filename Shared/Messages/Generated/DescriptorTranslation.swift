// Generated from Proto/quality/rpc/v1/descriptor.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension RPCV1.FileDescriptorSet {
    public static let messageName = "quality.rpc.v1.FileDescriptorSet"

    public static let schema = MessageSchema(Quality__Rpc__V1__FileDescriptorSet.self, quality__rpc__v1__file_descriptor_set__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__FileDescriptorSet.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__FileDescriptorSet>, _ texts: TextReader) throws(RPCError) {
        self.file = try Decoding.array(c.pointee.n_file, c.pointee.file) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__FileDescriptorSet> {
        let c = arena.allocate(Quality__Rpc__V1__FileDescriptorSet.self)
        quality__rpc__v1__file_descriptor_set__init(c)
        (c.pointee.n_file, c.pointee.file) = arena.copy(self.file) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        return c
    }
}

extension RPCV1.FileDescriptorProto {
    public static let messageName = "quality.rpc.v1.FileDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__FileDescriptorProto.self, quality__rpc__v1__file_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__FileDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__FileDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.FileDescriptorProto.name")
        self.package = try texts.text(c.pointee.package.data, c.pointee.package.len, "quality.rpc.v1.FileDescriptorProto.package")
        self.dependency = try Decoding.array(c.pointee.n_dependency, c.pointee.dependency) { (element) throws(RPCError) in
            try texts.text(element.data, element.len, "quality.rpc.v1.FileDescriptorProto.dependency")
        }
        self.messageType = try Decoding.messages(c.pointee.n_message_type, c.pointee.message_type) { (element) throws(RPCError) in
            try RPCV1.DescriptorProto(fromC: element, texts)
        }
        self.enumType = try Decoding.messages(c.pointee.n_enum_type, c.pointee.enum_type) { (element) throws(RPCError) in
            try RPCV1.EnumDescriptorProto(fromC: element, texts)
        }
        self.service = try Decoding.messages(c.pointee.n_service, c.pointee.service) { (element) throws(RPCError) in
            try RPCV1.ServiceDescriptorProto(fromC: element, texts)
        }
        if let message = c.pointee.source_code_info {
            self.sourceCodeInfo = try RPCV1.SourceCodeInfo(fromC: message, texts)
        } else {
            self.sourceCodeInfo = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__FileDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__FileDescriptorProto.self)
        quality__rpc__v1__file_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.package.len, c.pointee.package.data) = arena.copy(self.package)
        (c.pointee.n_dependency, c.pointee.dependency) = arena.copy(self.dependency) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        (c.pointee.n_message_type, c.pointee.message_type) = arena.copy(self.messageType) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_enum_type, c.pointee.enum_type) = arena.copy(self.enumType) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_service, c.pointee.service) = arena.copy(self.service) { element in
            element.makeC(in: arena)
        }
        if let value = self.sourceCodeInfo {
            c.pointee.source_code_info = value.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.DescriptorProto {
    public static let messageName = "quality.rpc.v1.DescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__DescriptorProto.self, quality__rpc__v1__descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__DescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__DescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.DescriptorProto.name")
        self.field = try Decoding.messages(c.pointee.n_field, c.pointee.field) { (element) throws(RPCError) in
            try RPCV1.FieldDescriptorProto(fromC: element, texts)
        }
        self.nestedType = try Decoding.array(c.pointee.n_nested_type, c.pointee.nested_type) { (element) throws(RPCError) in
            Decoding.bytes(element.data, element.len)
        }
        self.enumType = try Decoding.messages(c.pointee.n_enum_type, c.pointee.enum_type) { (element) throws(RPCError) in
            try RPCV1.EnumDescriptorProto(fromC: element, texts)
        }
        self.oneofDecl = try Decoding.messages(c.pointee.n_oneof_decl, c.pointee.oneof_decl) { (element) throws(RPCError) in
            try RPCV1.OneofDescriptorProto(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__DescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__DescriptorProto.self)
        quality__rpc__v1__descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.n_field, c.pointee.field) = arena.copy(self.field) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_nested_type, c.pointee.nested_type) = arena.copy(self.nestedType) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        (c.pointee.n_enum_type, c.pointee.enum_type) = arena.copy(self.enumType) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_oneof_decl, c.pointee.oneof_decl) = arena.copy(self.oneofDecl) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.FieldDescriptorProto {
    public static let messageName = "quality.rpc.v1.FieldDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__FieldDescriptorProto.self, quality__rpc__v1__field_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__FieldDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__FieldDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.FieldDescriptorProto.name")
        self.number = c.pointee.number
        self.label = RPCV1.FieldLabel(rawValue: Int32(truncatingIfNeeded: c.pointee.label.rawValue))
        self.type = RPCV1.FieldType(rawValue: Int32(truncatingIfNeeded: c.pointee.type.rawValue))
        self.typeName = try texts.text(c.pointee.type_name.data, c.pointee.type_name.len, "quality.rpc.v1.FieldDescriptorProto.type_name")
        self.oneofIndex = c.pointee.oneof_index_presence_case.rawValue == 9 ? c.pointee.oneof_index : nil
        self.jsonName = try texts.text(c.pointee.json_name.data, c.pointee.json_name.len, "quality.rpc.v1.FieldDescriptorProto.json_name")
        self.proto3Optional = c.pointee.proto3_optional != 0
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__FieldDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__FieldDescriptorProto.self)
        quality__rpc__v1__field_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        c.pointee.number = self.number
        c.pointee.label = Quality__Rpc__V1__FieldLabel(rawValue: .init(truncatingIfNeeded: self.label.rawValue))
        c.pointee.type = Quality__Rpc__V1__FieldType(rawValue: .init(truncatingIfNeeded: self.type.rawValue))
        (c.pointee.type_name.len, c.pointee.type_name.data) = arena.copy(self.typeName)
        if let value = self.oneofIndex {
            c.pointee.oneof_index_presence_case = .init(rawValue: 9)
            c.pointee.oneof_index = value
        }
        (c.pointee.json_name.len, c.pointee.json_name.data) = arena.copy(self.jsonName)
        c.pointee.proto3_optional = self.proto3Optional ? 1 : 0
        return c
    }
}

extension RPCV1.OneofDescriptorProto {
    public static let messageName = "quality.rpc.v1.OneofDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__OneofDescriptorProto.self, quality__rpc__v1__oneof_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__OneofDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__OneofDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.OneofDescriptorProto.name")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__OneofDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__OneofDescriptorProto.self)
        quality__rpc__v1__oneof_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        return c
    }
}

extension RPCV1.EnumDescriptorProto {
    public static let messageName = "quality.rpc.v1.EnumDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__EnumDescriptorProto.self, quality__rpc__v1__enum_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__EnumDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__EnumDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.EnumDescriptorProto.name")
        self.value = try Decoding.messages(c.pointee.n_value, c.pointee.value) { (element) throws(RPCError) in
            try RPCV1.EnumValueDescriptorProto(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__EnumDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__EnumDescriptorProto.self)
        quality__rpc__v1__enum_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.n_value, c.pointee.value) = arena.copy(self.value) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.EnumValueDescriptorProto {
    public static let messageName = "quality.rpc.v1.EnumValueDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__EnumValueDescriptorProto.self, quality__rpc__v1__enum_value_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__EnumValueDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__EnumValueDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.EnumValueDescriptorProto.name")
        self.number = c.pointee.number
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__EnumValueDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__EnumValueDescriptorProto.self)
        quality__rpc__v1__enum_value_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        c.pointee.number = self.number
        return c
    }
}

extension RPCV1.ServiceDescriptorProto {
    public static let messageName = "quality.rpc.v1.ServiceDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__ServiceDescriptorProto.self, quality__rpc__v1__service_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__ServiceDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__ServiceDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.ServiceDescriptorProto.name")
        self.method = try Decoding.messages(c.pointee.n_method, c.pointee.method) { (element) throws(RPCError) in
            try RPCV1.MethodDescriptorProto(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__ServiceDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__ServiceDescriptorProto.self)
        quality__rpc__v1__service_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.n_method, c.pointee.method) = arena.copy(self.method) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.MethodDescriptorProto {
    public static let messageName = "quality.rpc.v1.MethodDescriptorProto"

    public static let schema = MessageSchema(Quality__Rpc__V1__MethodDescriptorProto.self, quality__rpc__v1__method_descriptor_proto__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__MethodDescriptorProto.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__MethodDescriptorProto>, _ texts: TextReader) throws(RPCError) {
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.rpc.v1.MethodDescriptorProto.name")
        self.inputType = try texts.text(c.pointee.input_type.data, c.pointee.input_type.len, "quality.rpc.v1.MethodDescriptorProto.input_type")
        self.outputType = try texts.text(c.pointee.output_type.data, c.pointee.output_type.len, "quality.rpc.v1.MethodDescriptorProto.output_type")
        if let message = c.pointee.options {
            self.options = try RPCV1.MethodOptions(fromC: message, texts)
        } else {
            self.options = nil
        }
        self.clientStreaming = c.pointee.client_streaming != 0
        self.serverStreaming = c.pointee.server_streaming != 0
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__MethodDescriptorProto> {
        let c = arena.allocate(Quality__Rpc__V1__MethodDescriptorProto.self)
        quality__rpc__v1__method_descriptor_proto__init(c)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        (c.pointee.input_type.len, c.pointee.input_type.data) = arena.copy(self.inputType)
        (c.pointee.output_type.len, c.pointee.output_type.data) = arena.copy(self.outputType)
        if let value = self.options {
            c.pointee.options = value.makeC(in: arena)
        }
        c.pointee.client_streaming = self.clientStreaming ? 1 : 0
        c.pointee.server_streaming = self.serverStreaming ? 1 : 0
        return c
    }
}

extension RPCV1.MethodOptions {
    public static let messageName = "quality.rpc.v1.MethodOptions"

    public static let schema = MessageSchema(Quality__Rpc__V1__MethodOptions.self, quality__rpc__v1__method_options__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__MethodOptions.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__MethodOptions>, _ texts: TextReader) throws(RPCError) {
        self.idempotencyLevel = RPCV1.IdempotencyLevel(rawValue: Int32(truncatingIfNeeded: c.pointee.idempotency_level.rawValue))
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__MethodOptions> {
        let c = arena.allocate(Quality__Rpc__V1__MethodOptions.self)
        quality__rpc__v1__method_options__init(c)
        c.pointee.idempotency_level = Quality__Rpc__V1__IdempotencyLevel(rawValue: .init(truncatingIfNeeded: self.idempotencyLevel.rawValue))
        return c
    }
}

extension RPCV1.SourceCodeInfo {
    public static let messageName = "quality.rpc.v1.SourceCodeInfo"

    public static let schema = MessageSchema(Quality__Rpc__V1__SourceCodeInfo.self, quality__rpc__v1__source_code_info__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__SourceCodeInfo.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__SourceCodeInfo>, _ texts: TextReader) throws(RPCError) {
        self.location = try Decoding.messages(c.pointee.n_location, c.pointee.location) { (element) throws(RPCError) in
            try RPCV1.SourceLocation(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__SourceCodeInfo> {
        let c = arena.allocate(Quality__Rpc__V1__SourceCodeInfo.self)
        quality__rpc__v1__source_code_info__init(c)
        (c.pointee.n_location, c.pointee.location) = arena.copy(self.location) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RPCV1.SourceLocation {
    public static let messageName = "quality.rpc.v1.SourceLocation"

    public static let schema = MessageSchema(Quality__Rpc__V1__SourceLocation.self, quality__rpc__v1__source_location__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Rpc__V1__SourceLocation.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Rpc__V1__SourceLocation>, _ texts: TextReader) throws(RPCError) {
        self.path = try Decoding.array(c.pointee.n_path, c.pointee.path) { (element) throws(RPCError) in
            element
        }
        self.leadingComments = try texts.text(c.pointee.leading_comments.data, c.pointee.leading_comments.len, "quality.rpc.v1.SourceLocation.leading_comments")
        self.trailingComments = try texts.text(c.pointee.trailing_comments.data, c.pointee.trailing_comments.len, "quality.rpc.v1.SourceLocation.trailing_comments")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Rpc__V1__SourceLocation> {
        let c = arena.allocate(Quality__Rpc__V1__SourceLocation.self)
        quality__rpc__v1__source_location__init(c)
        (c.pointee.n_path, c.pointee.path) = arena.copy(self.path) { element in
            element
        }
        (c.pointee.leading_comments.len, c.pointee.leading_comments.data) = arena.copy(self.leadingComments)
        (c.pointee.trailing_comments.len, c.pointee.trailing_comments.data) = arena.copy(self.trailingComments)
        return c
    }
}
