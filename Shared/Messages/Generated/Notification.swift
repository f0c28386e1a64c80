// Generated from Proto/quality/notification/v1/notification.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.notification.v1`.
public enum NotificationV1 {}

extension NotificationV1 {
    public enum InboxMessageKind: RawRepresentable, Hashable, Sendable {
        case unspecified
        case campaignPublished
        case reportReceived
        case reportRejected
        /// Submission's store was put back to an earlier state: which receipts still stand for something.
        case epochBegun
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .campaignPublished
            case 2: self = .reportReceived
            case 3: self = .reportRejected
            case 4: self = .epochBegun
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .campaignPublished: 1
            case .reportReceived: 2
            case .reportRejected: 3
            case .epochBegun: 4
            case .unrecognized(let number): number
            }
        }
    }

    public struct InboxMessage: GeneratedMessage, Hashable, Sendable {
        /// Grows with the instant of the event within an organisation; the same whenever the inbox is built again.
        public var id: UInt64
        public var organisation: String
        public var kind: NotificationV1.InboxMessageKind
        public var subject: String
        public var body: String
        public var campaign: String
        public var form: String
        /// The instant of the event it tells of.
        public var occurredUnixUs: Int64
        /// 0: not yet.
        public var readUnixUs: Int64
        public var acknowledgedUnixUs: Int64

        public init(
            id: UInt64 = 0,
            organisation: String = "",
            kind: NotificationV1.InboxMessageKind = .unspecified,
            subject: String = "",
            body: String = "",
            campaign: String = "",
            form: String = "",
            occurredUnixUs: Int64 = 0,
            readUnixUs: Int64 = 0,
            acknowledgedUnixUs: Int64 = 0
        ) {
            self.id = id
            self.organisation = organisation
            self.kind = kind
            self.subject = subject
            self.body = body
            self.campaign = campaign
            self.form = form
            self.occurredUnixUs = occurredUnixUs
            self.readUnixUs = readUnixUs
            self.acknowledgedUnixUs = acknowledgedUnixUs
        }
    }

    public struct ListInboxRequest: GeneratedMessage, Hashable, Sendable {
        public var organisation: String
        public var unreadOnly: Bool
        /// At most 1000; 0: 200.
        public var pageSize: UInt32
        /// Messages with an id above this one: for paging. Two journals are followed, so an event can still turn up with an
        /// instant before that of the last one; who must miss nothing asks for unread_only.
        public var afterID: UInt64

        public init(
            organisation: String = "",
            unreadOnly: Bool = false,
            pageSize: UInt32 = 0,
            afterID: UInt64 = 0
        ) {
            self.organisation = organisation
            self.unreadOnly = unreadOnly
            self.pageSize = pageSize
            self.afterID = afterID
        }
    }

    public struct ListInboxResponse: GeneratedMessage, Hashable, Sendable {
        public var messages: [NotificationV1.InboxMessage]
        public var more: Bool
        public var unread: UInt32

        public init(
            messages: [NotificationV1.InboxMessage] = [],
            more: Bool = false,
            unread: UInt32 = 0
        ) {
            self.messages = messages
            self.more = more
            self.unread = unread
        }
    }

    public struct ReadMessageRequest: GeneratedMessage, Hashable, Sendable {
        public var organisation: String
        public var id: UInt64

        public init(
            organisation: String = "",
            id: UInt64 = 0
        ) {
            self.organisation = organisation
            self.id = id
        }
    }

    public struct ReadMessageResponse: GeneratedMessage, Hashable, Sendable {
        public var message: NotificationV1.InboxMessage?

        public init(
            message: NotificationV1.InboxMessage? = nil
        ) {
            self.message = message
        }
    }

    public struct AcknowledgeMessageRequest: GeneratedMessage, Hashable, Sendable {
        public var organisation: String
        public var id: UInt64

        public init(
            organisation: String = "",
            id: UInt64 = 0
        ) {
            self.organisation = organisation
            self.id = id
        }
    }

    public struct AcknowledgeMessageResponse: GeneratedMessage, Hashable, Sendable {
        public var message: NotificationV1.InboxMessage?

        public init(
            message: NotificationV1.InboxMessage? = nil
        ) {
            self.message = message
        }
    }
}
