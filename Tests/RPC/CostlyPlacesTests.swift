import RPC
import Synchronization
import Testing
import Wire

/// A router whose one method has answers that cost much, as many callers as one likes, and what has happened so far.
private final class CostlyService: Sendable {
    let places = CostlyPlaces(limit: 3, share: 2)
    /// Calls that begin with "held" wait here, and those that begin with "then" at the other.
    let gate = Gate(), secondGate = Gate()
    private let router: Router
    private let begun = Texts()

    init() {
        let begun = begun, gate = gate, secondGate = secondGate
        var router = Router(costlyPlaces: places)
        router.register(
            UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                begun.append(request.text)
                if request.text.hasPrefix("held") { await gate.wait() }
                if request.text.hasPrefix("then") { await secondGate.wait() }
                return request
            })
        router.continueOffLoop([Methods.unary])
        self.router = router
    }

    var began: [String] { begun.all }

    func call(_ text: String, by organisation: String) -> Task<Note, any Error> {
        let caller = CallerIdentity(uri: "spiffe://quality.test/org/\(organisation)/reporter")!
        let transport = InProcessTransport(router, caller: caller)
        return Task {
            try await transport.unary(Methods.unary, Note(text), returning: Note.self, options: .init())
        }
    }

    func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }
}

private final class Texts: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func append(_ text: String) { texts.withLock { $0.append(text) } }
}

@Suite("Places for calls that cost much", .timeLimit(.minutes(1)))
struct CostlyPlacesTests {
    private let service = CostlyService()

    @Test("of one caller's calls its share is worked on, the others are not begun, and a neighbour's goes past them")
    func share() async throws {
        let flood = (0..<20).map { service.call("held \($0)", by: "flood") }
        await service.until { service.places.waiting == 18 }
        #expect(service.began.count == 2)
        #expect(try await service.call("quick", by: "neighbour").value == Note("quick"))
        #expect(service.began.last == "quick")
        #expect(service.places.waiting == 18)
        service.gate.open()
        for call in flood { _ = try await call.value }
        #expect(service.began.count == 21)
        await service.until { service.places.taken == 0 }
        #expect(service.places.waiting == 0)
    }

    @Test("with all places taken callers go in turns, whoever came first")
    func turns() async throws {
        let held = ["a", "b", "b"].map { service.call("held", by: $0) }
        await service.until { service.places.taken == 3 }
        var waiting: [Task<Note, any Error>] = []
        for caller in [String](repeating: "flood", count: 10) + ["neighbour"] {
            waiting.append(service.call("then \(caller)", by: caller))
            await service.until { service.places.waiting == waiting.count }
        }
        service.gate.open()
        await service.until { service.began.count == 6 }
        #expect(service.began.suffix(3).sorted() == ["then flood", "then flood", "then neighbour"])
        #expect(service.places.waiting == 8)
        service.secondGate.open()
        for call in held + waiting { _ = try await call.value }
    }

    @Test("who gives up waiting gets no place, and takes none from others")
    func givingUp() async throws {
        let held = (0..<2).map { _ in service.call("held", by: "flood") }
        await service.until { service.places.taken == 2 }
        let waiting = (0..<50).map { service.call("waiting \($0)", by: "flood") }
        await service.until { service.places.waiting == 50 }
        for call in waiting { call.cancel() }
        for call in waiting { await #expect(throws: RPCError.self) { try await call.value } }
        await service.until { service.places.waiting == 0 }
        service.gate.open()
        for call in held { _ = try await call.value }
        #expect(try await service.call("after", by: "flood").value == Note("after"))
        #expect(service.began == ["held", "held", "after"])
        await service.until { service.places.taken == 0 }
    }

    @Test("a call has one place however often it takes it, and leaves it once")
    func once() async throws {
        let place = CostlyPlace(service.places, of: city)
        try await place.take()
        try await place.take()
        #expect(service.places.taken == 1)
        let hadOne = place.leave(), hasOne = place.leave()
        #expect(hadOne)
        #expect(!hasOne)
        #expect(service.places.taken == 0)
        try await place.take()
    }

    @Test("a call that goes takes its place with it")
    func goes() async throws {
        func take() async throws { try await CostlyPlace(service.places, of: city).take() }
        try await take()
        #expect(service.places.taken == 0)
    }

    @Test("a call without a place waits for others as it is, and one with a place has it again afterwards")
    func withoutPlace() async throws {
        let places = service.places
        var router = Router(costlyPlaces: places)
        router.register(
            UnaryHandler(Methods.unary) { (_: Note, context) throws(RPCError) -> Note in
                var taken = [places.taken]
                try await context.call.withoutPlace { () throws(RPCError) in taken.append(places.taken) }
                taken.append(places.taken)
                try await context.call.takePlace()
                try await context.call.withoutPlace { () throws(RPCError) in taken.append(places.taken) }
                taken.append(places.taken)
                return Note("\(taken)")
            })
        let answer = try await InProcessTransport(router, caller: city)
            .unary(Methods.unary, Note(""), returning: Note.self, options: .init())
        #expect(answer == Note("[0, 0, 0, 0, 1]"))
    }

    @Test("a request too large for an event loop waits for its caller's turn before it is read")
    func largeRequest() async throws {
        let places = service.places
        let first = CostlyPlace(places, of: city), second = CostlyPlace(places, of: city)
        try await first.take()
        try await second.take()
        var router = Router(costlyPlaces: places)
        router.register(
            UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                Note("\(request.text.count), \(places.taken)")
            })
        let transport = InProcessTransport(router, caller: city)
        let large = Task {
            try await transport.unary(
                Methods.unary, Note(String(repeating: "a", count: 4_097)), returning: Note.self, options: .init())
        }
        await service.until { places.waiting == 1 }
        let small = try await transport.unary(
            Methods.unary, Note(String(repeating: "a", count: 4_096)), returning: Note.self, options: .init())
        #expect(small == Note("4096, 2"))
        first.leave()
        #expect(try await large.value == Note("4097, 2"))
        second.leave()
    }

    @Test("a method that reads the store takes a place before it begins, and others none")
    func takesPlaces() async throws {
        let places = service.places
        var router = Router(costlyPlaces: places)
        for method in [Methods.unary, Methods.download] {
            router.register(
                UnaryHandler(method) { (_: Note, _) throws(RPCError) -> Note in Note("\(places.taken)") })
        }
        router.takePlaces([Methods.unary])
        let transport = InProcessTransport(router, caller: city)
        for (method, taken) in [(Methods.unary, "1"), (Methods.download, "0")] {
            let answer = try await transport.unary(method, Note(""), returning: Note.self, options: .init())
            #expect(answer == Note(taken))
        }
    }
}
