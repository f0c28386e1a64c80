internal import Wire

/// The tasks of one call that wait, at most one a role. A call's machine names them; their continuations lie with the
/// machine's owner, one place a role.
package struct CallWaiters: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Waits for the call to be opened.
    package static let opener = CallWaiters(rawValue: 1)
    /// Waits for a message.
    package static let receiver = CallWaiters(rawValue: 2)
    /// Waits for the bytes of a message to go out.
    package static let sender = CallWaiters(rawValue: 4)

    /// Those of the roles that are true.
    init(opener: Bool = false, receiver: Bool, sender: Bool) {
        self = []
        if opener { insert(.opener) }
        if receiver { insert(.receiver) }
        if sender { insert(.sender) }
    }
}

extension RPCError {
    /// For tasks that still want something of a call that has ended.
    package static let callIsOver = RPCError(.cancelled, "the call is over")

    /// A second task receives, or sends, while a first one waits: which of the two would be served?
    static func waitsAlready(_ doing: StaticString) -> RPCError {
        RPCError(.internal, "another task waits to \(doing) on this call already; one may at a time")
    }
}
