import RPC
import Serving
import TestStores
import Testing
import Wire

@Suite("Places for calls that wait")
struct WaitingPlacesTests {
    private static func caller(_ name: String, _ call: WaitingCall = WaitingCall()) -> ServerContext {
        call.context(
            CallerIdentity(uri: "spiffe://quality.test/org/\(name)/viewer")!,
            MethodDescriptor(service: "quality.test.v1.Service", name: "Ask"))
    }

    /// Waits in a place until the test lets go, and says when the place is taken.
    private func hold(_ places: WaitingPlaces, _ name: String, until: AsyncStream<Void>) async -> Task<Void, Never> {
        let (taken, sayTaken) = AsyncStream.makeStream(of: Void.self)
        let task = Task<Void, Never> {
            try? await places.waiting(Self.caller(name), for: "a watermark", at: "here") {
                sayTaken.finish()
                for await _ in until {}
            }
        }
        for await _ in taken {}
        return task
    }

    private func refusal(_ places: WaitingPlaces, _ name: String) async -> RPCError? {
        do throws(RPCError) {
            try await places.waiting(Self.caller(name), for: "a watermark", at: "here") {}
            return nil
        } catch {
            return error
        }
    }

    @Test("beyond a caller's share, and beyond all places, the answer comes at once: not started, with a pushback")
    func bounds() async throws {
        let places = WaitingPlaces(limit: 3, share: 2)
        let (until, letGo) = AsyncStream.makeStream(of: Void.self)
        var holders: [Task<Void, Never>] = []
        for _ in 0..<2 { holders.append(await hold(places, "henan", until: until)) }
        let share = try #require(await refusal(places, "henan"))
        #expect(share.code == .unavailable)
        #expect(share.isNotStarted)
        #expect(share.retryPushbackMilliseconds == WaitingPlaces.pushbackMilliseconds)
        // One who takes all it may leaves others their places.
        #expect(await refusal(places, "fujian") == nil)
        holders.append(await hold(places, "fujian", until: until))
        // Full, and nobody has two more than this one would have.
        let all = try #require(await refusal(places, "fujian"))
        #expect(all.code == .unavailable)
        #expect(all.isNotStarted)
        #expect(all.message != share.message)
        letGo.finish()
        for holder in holders { await holder.value }
        #expect(places.waiting == 0)
        #expect(await refusal(places, "henan") == nil)
    }

    @Test("a call that waits says so once it has its place, and before it waits; one that finds none says nothing")
    func saysSo() async throws {
        let places = WaitingPlaces(limit: 1, share: 1)
        let first = WaitingCall(), second = WaitingCall()
        let outcome = try await places.waiting(Self.caller("henan", first), for: "a watermark", at: "here") {
            () throws(RPCError) in
            #expect(first.said == 1)
            let refused = await #expect(throws: RPCError.self) {
                try await places.waiting(Self.caller("fujian", second), for: "a watermark", at: "here") {}
            }
            #expect(refused?.code == .unavailable)
            return places.waiting
        }
        #expect(outcome == 1)
        #expect(first.said == 1)
        #expect(second.said == 0)
    }

    @Test("a place is given back when the wait fails")
    func failure() async {
        let places = WaitingPlaces(limit: 1, share: 1)
        for _ in 0..<10 {
            let error = await #expect(throws: RPCError.self) {
                try await places.waiting(Self.caller("henan"), for: "a watermark", at: "here") { () throws(RPCError) in
                    throw RPCError(.cancelled, "given up")
                }
            }
            #expect(error?.code == .cancelled)
        }
        #expect(places.waiting == 0)
    }

    @Test("one who finds all taken gets the longest waiting call's place of who has most: it is not started, and wakes")
    func displacing() async throws {
        let places = WaitingPlaces(limit: 4, share: 4)
        let (until, letGo) = AsyncStream.makeStream(of: Void.self)
        let (refusals, sayRefused) = AsyncStream.makeStream(of: (Int, RPCError).self)
        for number in 0..<4 {
            Task {
                do throws(RPCError) {
                    try await places.waiting(Self.caller("henan"), for: "a watermark", at: "here") {
                        for await _ in until {}
                    }
                } catch {
                    sayRefused.yield((number, error))
                }
            }
            while places.waiting <= number { await Task.yield() }
        }
        #expect(await refusal(places, "fujian") == nil)
        var displaced = refusals.makeAsyncIterator()
        let (number, error) = try #require(await displaced.next())
        #expect(number == 0)
        #expect(error.code == .unavailable)
        #expect(error.isNotStarted)
        #expect(error.retryPushbackMilliseconds == WaitingPlaces.pushbackMilliseconds)
        // Its place went with the one that has it, and is counted once.
        #expect(places.waiting == 3)
        letGo.finish()
        while places.waiting > 0 { await Task.yield() }
    }

    @Test("a call that is given up while it waits is CANCELLED, and not displaced")
    func givenUp() async {
        let places = WaitingPlaces(limit: 1, share: 1)
        for _ in 0..<100 {
            let task = Task {
                try await places.waiting(Self.caller("henan"), for: "a watermark", at: "here") { () throws(RPCError) in
                    for await _ in AsyncStream<Never>.makeStream().stream {}
                    throw RPCError(.cancelled, "given up")
                }
            }
            while places.waiting < 1 { await Task.yield() }
            task.cancel()
            let error = await #expect(throws: RPCError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
        #expect(places.waiting == 0)
    }
}
