@testable import Wire

/// A client machine and a server machine joined by two queues of frames, with an owner on each side that sends,
/// consumes and ends calls when it is told to. Every answer a machine gives that would be wrong between two honest
/// peers is kept in `faults`.
struct BackToBack {
    enum Frame {
        case call(UInt32, bytes: Int, FrameFlags)
        case data(UInt32, bytes: Int, FrameFlags)
        case status(UInt32, StatusCode, bytes: Int, FrameFlags)
        case reset(UInt32)
        case credit(UInt32, Int32)
        case waiting(UInt32)
    }

    /// What one side still has to send on a call, and what it was given and has not dealt with.
    struct Side {
        /// Bytes left of each message.
        var messages: [Int]
        var unconsumedBytes = 0
        var receivedMessages = 0
        var receivedBytes = 0
        var isWithinMessage = false
        var hasSentEnd = false
        var peerHasEnded = false
    }

    static let frameBytes = 64

    var client: ClientConnectionMachine
    var server: ServerConnectionMachine
    var toServer: [Frame] = []
    var toClient: [Frame] = []
    var clientSides: [UInt32: Side] = [:]
    var serverSides: [UInt32: Side] = [:]
    /// What the handler of the call will answer.
    var answers: [UInt32: [Int]] = [:]
    var statuses: [UInt32: StatusCode] = [:]
    /// Calls opened so far; the last one's id is twice that less one.
    var opened = 0
    var refusals = 0
    /// How often a call that waits was told of, and understood.
    var waits = (said: 0, heard: 0)
    var faults: [String] = []

    init(clientLimits: ConnectionLimits, serverLimits: ConnectionLimits) {
        client = ClientConnectionMachine(limits: clientLimits)
        server = ServerConnectionMachine(limits: serverLimits)
        if case .connectionError(let error) = client.helloReceived(Hello(limits: serverLimits)) {
            faults.append(error.reason)
        }
        if case .connectionError(let error) = server.helloReceived(Hello(limits: clientLimits)) {
            faults.append(error.reason)
        }
    }

    // MARK: The client's owner

    /// Opens a call that sends these messages and will be answered with those; `nil` when there is no slot.
    mutating func open(_ messages: [Int], answers expected: [Int]) -> UInt32? {
        let first = min(messages.first ?? 0, Self.frameBytes)
        let action = client.open(messageBytes: first, endsSending: false, deadline: nil)
        guard case .open(let id, let granted) = action else { return nil }
        var side = Side(messages: messages)
        let flags = Self.advance(&side, by: granted)
        toServer.append(.call(id, bytes: granted, flags))
        clientSides[id] = side
        answers[id] = expected
        opened += 1
        return id
    }

    /// Takes `bytes` off the first message; the flags that the frame carrying them needs.
    private static func advance(_ side: inout Side, by bytes: Int) -> FrameFlags {
        var flags: FrameFlags = []
        if let remaining = side.messages.first {
            if remaining == bytes {
                side.messages.removeFirst()
                flags.insert(.messageEnd)
            } else {
                side.messages[0] = remaining - bytes
            }
        }
        if side.messages.isEmpty {
            flags.insert(.streamEnd)
            side.hasSentEnd = true
        }
        return flags
    }

    /// Sends one DATA frame of a call, if there is something to send and credit for it.
    mutating func clientSends(_ id: UInt32, upTo most: Int = frameBytes) -> Bool {
        guard var side = clientSides[id], !side.hasSentEnd, let remaining = side.messages.first else { return false }
        let wanted = min(remaining, most)
        let granted = wanted == 0 ? 0 : client.takeSendCredit(id, upTo: wanted)
        guard granted > 0 || wanted == 0 else { return false }
        toServer.append(.data(id, bytes: granted, Self.advance(&side, by: granted)))
        clientSides[id] = side
        return true
    }

    mutating func clientConsumes(_ id: UInt32, _ bytes: Int) {
        clientSides[id]?.unconsumedBytes -= bytes
        append(client.consumed(id, bytes: bytes), id, to: &toServer)
    }

    mutating func clientCancels(_ id: UInt32) {
        if client.cancel(id) {
            toServer.append(.reset(id))
            statuses[id] = .cancelled
        }
        clientSides[id]?.messages = []
        clientSides[id]?.hasSentEnd = true
    }

    private func append(_ credit: Int32?, _ id: UInt32, to frames: inout [Frame]) {
        if let increment = credit { frames.append(.credit(id, increment)) }
    }

    mutating func deliverToClient() -> Bool {
        guard !toClient.isEmpty else { return false }
        defer { append(client.takeConnectionCredit(), 0, to: &toServer) }
        switch toClient.removeFirst() {
        case .data(let id, let bytes, let flags):
            handle(client.dataReceived(id, bytes: bytes, flags: flags), id, bytes: bytes)
        case .status(let id, let code, let bytes, let flags):
            let action = client.statusReceived(id, code: code, messageBytes: bytes, flags: flags)
            handle(action, id, bytes: bytes)
            if case .deliver = action {
                statuses[id] = code
                // The call is over: what was not sent yet is not sent any more.
                clientSides[id]?.messages = []
                clientSides[id]?.hasSentEnd = true
            }
        case .credit(let id, let increment):
            note(client.creditReceived(id, increment: increment))
        case .reset(let id):
            if case .fail = client.resetReceived(id) { statuses[id] = .internal }
        case .waiting(let id):
            switch client.waitingReceived(id) {
            case .waits: waits.heard += 1
            case .late: break
            case .saysNothing: faults.append("WAITING \(id) says nothing")
            }
        case .call(let id, _, _):
            faults.append("CALL \(id) for the client")
        }
        return true
    }

    private mutating func handle(_ action: ClientConnectionMachine.OnStreamFrame, _ id: UInt32, bytes: Int) {
        switch action {
        case .deliver(let messageEnd):
            clientSides[id]?.unconsumedBytes += bytes
            clientSides[id]?.receivedBytes += bytes
            clientSides[id]?.receivedMessages += messageEnd ? 1 : 0
        case .ignore: break
        case .fail(let code, let reason):
            faults.append("\(code): \(reason)")
        case .connectionError(let error):
            faults.append(error.reason)
        }
    }

    private mutating func note(_ action: OnCredit) {
        switch action {
        case .streamWritable, .connectionWritable, .ignore: break
        case .resetStream: faults.append("a credit failed its stream")
        case .connectionError(let error): faults.append(error.reason)
        }
    }

    // MARK: The server's owner

    mutating func deliverToServer() -> Bool {
        guard !toServer.isEmpty else { return false }
        defer { append(server.takeConnectionCredit(), 0, to: &toClient) }
        switch toServer.removeFirst() {
        case .call(let id, let bytes, let flags):
            switch server.callReceived(id, messageBytes: bytes, flags: flags, deadline: nil) {
            case .open(let messageEnd, let streamEnd):
                serverSides[id] = Side(
                    messages: answers[id] ?? [], unconsumedBytes: bytes, receivedMessages: messageEnd ? 1 : 0,
                    receivedBytes: bytes, peerHasEnded: streamEnd)
            case .refuse(let code, _):
                refusals += 1
                toClient.append(.status(id, code, bytes: 0, []))
            case .ignore:
                faults.append("stream \(id) was ignored")
            case .connectionError(let error):
                faults.append(error.reason)
            }
        case .data(let id, let bytes, let flags):
            switch server.dataReceived(id, bytes: bytes, flags: flags) {
            case .deliver(let messageEnd, let streamEnd):
                serverSides[id]?.unconsumedBytes += bytes
                serverSides[id]?.receivedBytes += bytes
                serverSides[id]?.receivedMessages += messageEnd ? 1 : 0
                serverSides[id]?.peerHasEnded = streamEnd
            case .ignore: break
            case .fail(let code, let reason):
                faults.append("\(code): \(reason)")
            case .connectionError(let error):
                faults.append(error.reason)
            }
        case .reset(let id):
            if case .cancel = server.resetReceived(id) { serverReturns(id) }
        case .credit(let id, let increment):
            note(server.creditReceived(id, increment: increment))
        case .status(let id, _, _, _), .waiting(let id):
            faults.append("STATUS or WAITING \(id) for the server")
        }
        return true
    }

    /// The handler is gone: what it had not dealt with is dropped, and its slot is free.
    private mutating func serverReturns(_ id: UInt32) {
        if let bytes = serverSides[id]?.unconsumedBytes {
            append(server.consumed(id, bytes: bytes), id, to: &toClient)
        }
        serverSides[id] = nil
        server.release(id)
    }

    /// Sends one DATA or STATUS frame of a call, if its time has come and there is credit for it. A last message that fits
    /// rides in STATUS, which goes out when the client has finished.
    mutating func serverSends(_ id: UInt32, upTo most: Int = frameBytes) -> Bool {
        guard var side = serverSides[id], !side.hasSentEnd else { return false }
        let remaining = side.messages.first ?? 0
        let wanted = min(remaining, most)
        let granted = wanted == 0 ? 0 : server.takeSendCredit(id, upTo: wanted)
        let endsCall = side.messages.count <= 1 && granted == remaining
        guard granted > 0 || (endsCall ? side.peerHasEnded : !side.messages.isEmpty && remaining == 0) else {
            return false
        }
        let isWhole = !side.isWithinMessage
        let flags = Self.advance(&side, by: granted)
        side.isWithinMessage = !flags.contains(.messageEnd)
        if endsCall, side.peerHasEnded {
            serverSides[id] = side
            serverEnds(id, bytes: granted, messageFlags: flags.subtracting(.streamEnd), isWhole: isWhole)
        } else {
            // With nothing left to send, the call waits for the client to finish.
            side.hasSentEnd = false
            serverSides[id] = side
            toClient.append(.data(id, bytes: granted, flags.subtracting(.streamEnd)))
        }
        return true
    }

    /// Sends the last bytes of a call and its OK.
    private mutating func serverEnds(_ id: UInt32, bytes: Int, messageFlags: FrameFlags, isWhole: Bool) {
        guard server.finish(id) else {
            faults.append("stream \(id) could not be finished")
            return
        }
        if isWhole {
            toClient.append(.status(id, .ok, bytes: bytes, messageFlags))
        } else {
            toClient.append(.data(id, bytes: bytes, messageFlags))
            toClient.append(.status(id, .ok, bytes: 0, []))
        }
        serverReturns(id)
    }

    /// The handler waits for others, if it has not begun to answer.
    mutating func serverWaits(_ id: UInt32) {
        guard let side = serverSides[id], side.messages == answers[id], !side.isWithinMessage, !side.hasSentEnd,
            server.waits(id)
        else { return }
        waits.said += 1
        toClient.append(.waiting(id))
    }

    /// The handler fails before it has read or sent everything.
    mutating func serverFails(_ id: UInt32) {
        guard serverSides[id] != nil, server.finish(id) else { return }
        toClient.append(.status(id, .aborted, bytes: 0, []))
        serverReturns(id)
    }

    mutating func serverConsumes(_ id: UInt32, _ bytes: Int) {
        serverSides[id]?.unconsumedBytes -= bytes
        append(server.consumed(id, bytes: bytes), id, to: &toClient)
    }

    // MARK: Until nothing moves

    /// Lets everything go on until nothing moves any more.
    mutating func settle() {
        let calls = clientSides.filter { statuses[$0.key] == nil || $0.value.unconsumedBytes > 0 }.keys.sorted()
        var moves = true
        while moves, faults.isEmpty {
            moves = false
            while deliverToServer() { moves = true }
            while deliverToClient() { moves = true }
            for id in calls {
                if let bytes = clientSides[id]?.unconsumedBytes, bytes > 0 {
                    clientConsumes(id, bytes)
                    moves = true
                }
                if let bytes = serverSides[id]?.unconsumedBytes, bytes > 0 {
                    serverConsumes(id, bytes)
                    moves = true
                }
                if clientSends(id) { moves = true }
                if serverSends(id) { moves = true }
            }
        }
    }
}
