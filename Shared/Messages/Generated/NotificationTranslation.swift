// Generated from Proto/quality/notification/v1/notification.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension NotificationV1.InboxMessage {
    public static let messageName = "quality.notification.v1.InboxMessage"

    public static let schema = MessageSchema(Quality__Notification__V1__InboxMessage.self, quality__notification__v1__inbox_message__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__InboxMessage.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__InboxMessage>, _ texts: TextReader) throws(RPCError) {
        self.id = c.pointee.id
        self.organisation = try texts.text(c.pointee.organisation.data, c.pointee.organisation.len, "quality.notification.v1.InboxMessage.organisation")
        self.kind = NotificationV1.InboxMessageKind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.subject = try texts.text(c.pointee.subject.data, c.pointee.subject.len, "quality.notification.v1.InboxMessage.subject")
        self.body = try texts.text(c.pointee.body.data, c.pointee.body.len, "quality.notification.v1.InboxMessage.body")
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.notification.v1.InboxMessage.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.notification.v1.InboxMessage.form")
        self.occurredUnixUs = c.pointee.occurred_unix_us
        self.readUnixUs = c.pointee.read_unix_us
        self.acknowledgedUnixUs = c.pointee.acknowledged_unix_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__InboxMessage> {
        let c = arena.allocate(Quality__Notification__V1__InboxMessage.self)
        quality__notification__v1__inbox_message__init(c)
        c.pointee.id = self.id
        (c.pointee.organisation.len, c.pointee.organisation.data) = arena.copy(self.organisation)
        c.pointee.kind = Quality__Notification__V1__InboxMessageKind(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        (c.pointee.subject.len, c.pointee.subject.data) = arena.copy(self.subject)
        (c.pointee.body.len, c.pointee.body.data) = arena.copy(self.body)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        c.pointee.occurred_unix_us = self.occurredUnixUs
        c.pointee.read_unix_us = self.readUnixUs
        c.pointee.acknowledged_unix_us = self.acknowledgedUnixUs
        return c
    }
}

extension NotificationV1.ListInboxRequest {
    public static let messageName = "quality.notification.v1.ListInboxRequest"

    public static let schema = MessageSchema(Quality__Notification__V1__ListInboxRequest.self, quality__notification__v1__list_inbox_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__ListInboxRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__ListInboxRequest>, _ texts: TextReader) throws(RPCError) {
        self.organisation = try texts.text(c.pointee.organisation.data, c.pointee.organisation.len, "quality.notification.v1.ListInboxRequest.organisation")
        self.unreadOnly = c.pointee.unread_only != 0
        self.pageSize = c.pointee.page_size
        self.afterID = c.pointee.after_id
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__ListInboxRequest> {
        let c = arena.allocate(Quality__Notification__V1__ListInboxRequest.self)
        quality__notification__v1__list_inbox_request__init(c)
        (c.pointee.organisation.len, c.pointee.organisation.data) = arena.copy(self.organisation)
        c.pointee.unread_only = self.unreadOnly ? 1 : 0
        c.pointee.page_size = self.pageSize
        c.pointee.after_id = self.afterID
        return c
    }
}

extension NotificationV1.ListInboxResponse {
    public static let messageName = "quality.notification.v1.ListInboxResponse"

    public static let schema = MessageSchema(Quality__Notification__V1__ListInboxResponse.self, quality__notification__v1__list_inbox_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__ListInboxResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__ListInboxResponse>, _ texts: TextReader) throws(RPCError) {
        self.messages = try Decoding.messages(c.pointee.n_messages, c.pointee.messages) { (element) throws(RPCError) in
            try NotificationV1.InboxMessage(fromC: element, texts)
        }
        self.more = c.pointee.more != 0
        self.unread = c.pointee.unread
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__ListInboxResponse> {
        let c = arena.allocate(Quality__Notification__V1__ListInboxResponse.self)
        quality__notification__v1__list_inbox_response__init(c)
        (c.pointee.n_messages, c.pointee.messages) = arena.copy(self.messages) { element in
            element.makeC(in: arena)
        }
        c.pointee.more = self.more ? 1 : 0
        c.pointee.unread = self.unread
        return c
    }
}

extension NotificationV1.ReadMessageRequest {
    public static let messageName = "quality.notification.v1.ReadMessageRequest"

    public static let schema = MessageSchema(Quality__Notification__V1__ReadMessageRequest.self, quality__notification__v1__read_message_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__ReadMessageRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__ReadMessageRequest>, _ texts: TextReader) throws(RPCError) {
        self.organisation = try texts.text(c.pointee.organisation.data, c.pointee.organisation.len, "quality.notification.v1.ReadMessageRequest.organisation")
        self.id = c.pointee.id
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__ReadMessageRequest> {
        let c = arena.allocate(Quality__Notification__V1__ReadMessageRequest.self)
        quality__notification__v1__read_message_request__init(c)
        (c.pointee.organisation.len, c.pointee.organisation.data) = arena.copy(self.organisation)
        c.pointee.id = self.id
        return c
    }
}

extension NotificationV1.ReadMessageResponse {
    public static let messageName = "quality.notification.v1.ReadMessageResponse"

    public static let schema = MessageSchema(Quality__Notification__V1__ReadMessageResponse.self, quality__notification__v1__read_message_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__ReadMessageResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__ReadMessageResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.message {
            self.message = try NotificationV1.InboxMessage(fromC: message, texts)
        } else {
            self.message = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__ReadMessageResponse> {
        let c = arena.allocate(Quality__Notification__V1__ReadMessageResponse.self)
        quality__notification__v1__read_message_response__init(c)
        if let value = self.message {
            c.pointee.message = value.makeC(in: arena)
        }
        return c
    }
}

extension NotificationV1.AcknowledgeMessageRequest {
    public static let messageName = "quality.notification.v1.AcknowledgeMessageRequest"

    public static let schema = MessageSchema(Quality__Notification__V1__AcknowledgeMessageRequest.self, quality__notification__v1__acknowledge_message_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__AcknowledgeMessageRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__AcknowledgeMessageRequest>, _ texts: TextReader) throws(RPCError) {
        self.organisation = try texts.text(c.pointee.organisation.data, c.pointee.organisation.len, "quality.notification.v1.AcknowledgeMessageRequest.organisation")
        self.id = c.pointee.id
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__AcknowledgeMessageRequest> {
        let c = arena.allocate(Quality__Notification__V1__AcknowledgeMessageRequest.self)
        quality__notification__v1__acknowledge_message_request__init(c)
        (c.pointee.organisation.len, c.pointee.organisation.data) = arena.copy(self.organisation)
        c.pointee.id = self.id
        return c
    }
}

extension NotificationV1.AcknowledgeMessageResponse {
    public static let messageName = "quality.notification.v1.AcknowledgeMessageResponse"

    public static let schema = MessageSchema(Quality__Notification__V1__AcknowledgeMessageResponse.self, quality__notification__v1__acknowledge_message_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Notification__V1__AcknowledgeMessageResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Notification__V1__AcknowledgeMessageResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.message {
            self.message = try NotificationV1.InboxMessage(fromC: message, texts)
        } else {
            self.message = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Notification__V1__AcknowledgeMessageResponse> {
        let c = arena.allocate(Quality__Notification__V1__AcknowledgeMessageResponse.self)
        quality__notification__v1__acknowledge_message_response__init(c)
        if let value = self.message {
            c.pointee.message = value.makeC(in: arena)
        }
        return c
    }
}
