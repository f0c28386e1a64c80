import RPC
import Synchronization
import Testing
import Wire

@Suite("A call inside the process") struct InProcessTransportTests {
    @Test("a unary call carries one message each way, with the caller's identity")
    func unary() async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, context) throws(RPCError) -> Note in
                Note("\(request.text) from \(context.caller.uri)")
            })
        let answer = try await transport.unary(Methods.unary, Note("hello"), returning: Note.self, options: .init())
        #expect(answer.text == "hello from spiffe://quality.test/org/henan-zhengzhou/reporter")
    }

    @Test("an empty message is a message")
    func emptyMessage() async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in request })
        let answer = try await transport.unary(Methods.unary, Note(""), returning: Note.self, options: .init())
        #expect(answer == Note(""))
    }

    @Test("a client stream arrives in order and is answered once")
    func clientStreaming() async throws {
        let transport = transport(
            to: ClientStreamingHandler(Methods.upload) { (requests: RequestStream<Note>, _) throws(RPCError) -> Note in
                var all: [String] = []
                for try await request in requests { all.append(request.text) }
                return Note(all.joined(separator: ","))
            })
        let call = ClientStreamingCall<Note, Note>(try await transport.open(Methods.upload, options: .init()))
        for number in 1...9 { try await call.send(Note("\(number)")) }
        #expect(try await call.response() == Note("1,2,3,4,5,6,7,8,9"))
    }

    @Test("a server stream arrives in order and ends")
    func serverStreaming() async throws {
        let transport = transport(
            to: ServerStreamingHandler(Methods.download) {
                (request: Note, responses: ResponseWriter<Note>, _) throws(RPCError) in
                for character in request.text { try await responses.write(Note(String(character))) }
            })
        let call = try await transport.open(Methods.download, options: .init())
        try await call.send(Note("质量月2019年"))
        call.finishSending()
        var all = ""
        for try await response in ResponseStream<Note>(call) { all += response.text }
        #expect(all == "质量月2019年")
    }

    @Test("both directions of a bidirectional call are independent")
    func bidirectional() async throws {
        let transport = transport(
            to: BidirectionalHandler(Methods.chat) {
                (requests: RequestStream<Note>, responses: ResponseWriter<Note>, _) throws(RPCError) in
                for try await request in requests { try await responses.write(Note("re: \(request.text)")) }
            })
        let call = BidirectionalCall<Note, Note>(try await transport.open(Methods.chat, options: .init()))
        var responses = call.responses.makeAsyncIterator()
        for number in 1...5 {
            try await call.send(Note("\(number)"))
            #expect(try await responses.next() == Note("re: \(number)"))
        }
        call.finishSending()
        #expect(try await responses.next() == nil)
    }

    @Test("an empty bidirectional call ends OK without a message")
    func emptyBidirectional() async throws {
        let transport = transport(
            to: BidirectionalHandler(Methods.chat) {
                (requests: RequestStream<Note>, _: ResponseWriter<Note>, _) throws(RPCError) in
                for try await _ in requests {}
            })
        let call = BidirectionalCall<Note, Note>(try await transport.open(Methods.chat, options: .init()))
        call.finishSending()
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() == nil)
    }

    @Test("metadata go both ways, duplicates in order, and are seen with the first message and with the status")
    func metadata() async throws {
        let transport = transport(
            to: ServerStreamingHandler(Methods.download) {
                (_: Note, responses: ResponseWriter<Note>, context) throws(RPCError) in
                context.call.sendLeadingMetadata(context.metadata)
                try await responses.write(Note("one"))
                context.call.sendLeadingMetadata(Metadata([.init(key: "too-late", value: [])]))
                context.call.setTrailingMetadata(Metadata([.init(key: "rows-bin", value: [0, 255])]))
            })
        var sent = Metadata()
        sent.append("tag", "a")
        sent.append("tag", "b")
        let call = try await transport.open(Methods.download, options: CallOptions(metadata: sent))
        try await call.send(Note(""))
        call.finishSending()
        #expect(call.leadingMetadata.isEmpty)
        _ = try await call.receive(Note.self)
        #expect(call.leadingMetadata == sent)
        #expect(call.trailingMetadata.isEmpty)
        #expect(try await call.receive(Note.self) == nil)
        #expect(call.trailingMetadata.values(of: "rows-bin") == [[0, 255]])
    }

    @Test("a unary answer's metadata reach the place the caller named, with an error too")
    func unaryMetadata() async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, context) throws(RPCError) -> Note in
                var metadata = Metadata()
                metadata.append("place", "leading")
                context.call.sendLeadingMetadata(metadata)
                var trailing = Metadata()
                trailing.append("place", "trailing")
                context.call.setTrailingMetadata(trailing)
                guard request.text == "good" else { throw RPCError(.notFound, "no such note") }
                return request
            })
        for text in ["good", "bad"] {
            let received = ResponseMetadata()
            _ = try? await transport.unary(
                Methods.unary, Note(text), returning: Note.self, options: CallOptions(responseMetadata: received))
            #expect(received.leading.text(of: "place") == "leading")
            #expect(received.trailing.text(of: "place") == "trailing")
        }
    }

    @Test("an error crosses with its code, text, details and trailing metadata")
    func errorWithDetails() async throws {
        var trailing = Metadata()
        trailing.append("retry", "later")
        let failure = RPCError(
            .resourceExhausted, "报送过多\t请稍后\n🙂", details: [1, 2, 3], trailingMetadata: trailing,
            retryPushbackMilliseconds: 250)
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (_: Note, _) throws(RPCError) -> Note in throw failure })
        await #expect(throws: failure) {
            try await transport.unary(Methods.unary, Note(""), returning: Note.self, options: .init())
        }
    }

    @Test("messages sent before an error are delivered before it")
    func messagesBeforeError() async throws {
        let transport = transport(
            to: ServerStreamingHandler(Methods.download) {
                (_: Note, responses: ResponseWriter<Note>, _) throws(RPCError) in
                try await responses.write(Note("first"))
                throw RPCError(.dataLoss, "the rest is gone")
            })
        let call = try await transport.open(Methods.download, options: .init())
        try await call.send(Note(""))
        call.finishSending()
        #expect(try await call.receive(Note.self) == Note("first"))
        await #expect(throws: RPCError(.dataLoss, "the rest is gone")) { try await call.receive(Note.self) }
    }

    @Test("an early status wakes a sender that waits, with that status")
    func earlyStatus() async throws {
        let refuse = Gate()
        let transport = transport(
            to: ClientStreamingHandler(Methods.upload) { (_: RequestStream<Note>, _) throws(RPCError) -> Note in
                await refuse.wait()
                throw RPCError(.permissionDenied, "not your unit")
            }, queueLimitMessages: 1)
        let call = try await transport.open(Methods.upload, options: .init())
        try await call.send(Note("fits"))
        let second = Task { try await call.send(Note("waits")) }
        refuse.open()
        await #expect(throws: RPCError(.permissionDenied, "not your unit")) { try await second.value }
        await #expect(throws: RPCError(.permissionDenied, "not your unit")) { try await call.send(Note("late")) }
    }

    @Test("an early OK drops what the client still sends and gives it the answer")
    func earlyOK() async throws {
        let transport = transport(
            to: ClientStreamingHandler(Methods.upload) { (_: RequestStream<Note>, _) throws(RPCError) -> Note in
                Note("enough")
            }, queueLimitMessages: 1)
        let call = ClientStreamingCall<Note, Note>(try await transport.open(Methods.upload, options: .init()))
        for _ in 1...10 { try await call.send(Note("more")) }
        #expect(try await call.response() == Note("enough"))
    }

    @Test("unknown methods and services are UNIMPLEMENTED, not started")
    func unimplemented() async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in request })
        for method in [Methods.upload, MethodDescriptor(service: "quality.other.v1.Other", name: "Unary")] {
            let error = await #expect(throws: RPCError.self) {
                try await transport.unary(method, Note(""), returning: Note.self, options: .init())
            }
            #expect(error?.code == .unimplemented)
            #expect(error?.isNotStarted == true)
        }
    }

    @Test("none or two requests to a method that takes one are an error, not a hang", arguments: [0, 2])
    func requestCount(count: Int) async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in request })
        let call = try await transport.open(Methods.unary, options: .init())
        for _ in 0..<count { try? await call.send(Note("")) }
        call.finishSending()
        let error = await #expect(throws: RPCError.self) { try await call.receive(Note.self) }
        #expect(error?.code == .unimplemented)
    }

    @Test("none or two responses to a unary call are an error, not a hang", arguments: [0, 2])
    func responseCount(count: Int) async throws {
        // A server that serves the unary path with a stream.
        let transport = transport(
            to: ServerStreamingHandler(Methods.unary) {
                (_: Note, responses: ResponseWriter<Note>, _) throws(RPCError) in
                for _ in 0..<count { try await responses.write(Note("")) }
            })
        let error = await #expect(throws: RPCError.self) {
            try await transport.unary(Methods.unary, Note(""), returning: Note.self, options: .init())
        }
        #expect(error?.code == .unimplemented)
    }

    @Test("messages really cross encoded: what cannot be read or written is an error on the right side")
    func encoding() async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Raw in
                Raw(bytes: request.text == "bad answer" ? [0xff] : [0x61])
            })
        func code(_ request: some RPC.Message) async -> StatusCode? {
            do throws(RPCError) {
                _ = try await transport.unary(Methods.unary, request, returning: Note.self, options: .init())
                return nil
            } catch {
                return error.code
            }
        }
        #expect(await code(Note("fine")) == nil)
        #expect(await code(Raw(bytes: [0xff])) == .invalidArgument)
        #expect(await code(Note("bad answer")) == .internal)
        #expect(await code(Note(Note.tooLarge)) == .internal)
    }
}
