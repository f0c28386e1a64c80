/// Whose turn it is at a call that has a place: what decides when the place may go to another.
public enum PlaceUse: UInt8, Sendable, Hashable {
    /// The service's, until a deadline: it has the whole request, and what it has answered is read. Nobody takes the place
    /// before it has been so for ``AdmissionQueue/servedMicroseconds``, and then only who holds less than its share.
    case served = 0
    /// The service's, which has begun no answer yet; but there is no deadline, so that nothing else bounds how long.
    case servedWithoutDeadline = 1
    /// The caller's: its request has not ended, or it does not read the response, or the answer has begun and there is no
    /// deadline. And it has carried nothing worth mention since it began: see ``ForwardedCallMachine/progressBytes``.
    case silent = 2
    /// The caller's, and it has carried something.
    case carrying = 3
}
