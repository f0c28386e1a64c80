internal import Transport

/// A call that the gateway answers itself (health, reflection), which counts among its caller's open calls like one that is
/// forwarded: a thousand watches of the gateway's own health cost it as much as others. It passes on whatever comes.
///
/// The connection lets go of it when the call's handler has returned, however the call ended, and nobody else has it: so
/// what it took is given back once.
final class OwnCall: ServerCallReceiver {
    private let receiver: any ServerCallReceiver
    private let budget: CallerBudget

    /// The budget has been entered.
    init(_ receiver: any ServerCallReceiver, _ budget: CallerBudget) {
        self.receiver = receiver
        self.budget = budget
    }

    deinit {
        budget.leave()
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        receiver.messageReceived(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
    }

    func cancelled(_ why: CallCancellation) { receiver.cancelled(why) }

    func responseBytesSent(_ bytes: Int) { receiver.responseBytesSent(bytes) }

    var isStarted: Bool { receiver.isStarted }

    var callerURI: String? { receiver.callerURI }
}
