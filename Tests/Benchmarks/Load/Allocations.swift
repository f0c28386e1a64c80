import ArgumentParser
import Glibc
import RPC
import TestingMessages
import Transport
import Wire

struct Allocations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends frames through a process that counts its heap allocations (Shim/allocations.c).",
        discussion: """
            Connects and warms up first, so that connections and handshakes are not counted. A call is two frames that \
            are forwarded: its CALL and its STATUS.
            """)

    @OptionGroup var identity: IdentityOptions
    @Option(help: "HOST:PORT.") var target: String
    @Option(help: "The file in which the process counts.") var counter: String
    @Option(help: "Frames that are forwarded while counting.") var frames = 100_000

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: 4)
        let counter = try AllocationCounter(path: counter)
        let client = TestingV1.BenchmarkServiceClient(load.client)
        try await call(client, load, count: frames / 2)
        let before = counter.value
        try await call(client, load, count: frames / 2)
        let allocations = counter.value - before
        print("frames \(frames) allocations \(allocations) per_frame \(Double(allocations) / Double(frames))")
        await load.client.close()
    }

    private func call(_ client: TestingV1.BenchmarkServiceClient, _ load: LoadClient, count: Int) async throws {
        let request = Load.report
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<128 {
                group.addTask(executorPreference: load.loops.all[0]) {
                    for _ in 0..<(count / 128 + (caller < count % 128 ? 1 : 0)) {
                        _ = try await client.submit(request)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// The number of allocations that another process keeps in a file.
struct AllocationCounter {
    private let memory: UnsafePointer<UInt64>

    init(path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0,
            let mapped = mmap(nil, MemoryLayout<UInt64>.size, PROT_READ, MAP_SHARED, descriptor, 0),
            mapped != MAP_FAILED
        else { throw ValidationError("--counter \(path): cannot be mapped; was the process started with the shim?") }
        close(descriptor)
        memory = UnsafePointer(mapped.assumingMemoryBound(to: UInt64.self))
    }

    var value: Int { Int(memory.pointee) }
}
