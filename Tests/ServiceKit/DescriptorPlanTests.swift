import Testing

@testable import ServiceKit

@Suite("How a process divides the files that it may have open")
struct DescriptorPlanTests {
    @Test("with plenty all connections are taken, and nothing is said")
    func plenty() {
        let plan = DescriptorPlan(limit: 1 << 20, open: 30, wantedConnections: 10_000)
        #expect(plan.connections == 10_000)
        #expect(plan.shortage == nil)
        #expect(plan.sockets == (1 << 20) - 30 - 96)
        #expect(plan.adminConnections == 64)
    }

    @Test("with less as many as there is room for beside what keeps the process alive, and both numbers are named")
    func short() {
        let plan = DescriptorPlan(limit: 4096, open: 30, wantedConnections: 10_000)
        #expect(plan.connections == 4096 - 30 - 96 - 64 - 4 - 16)
        #expect(plan.shortage == .init(wantedConnections: 10_000, neededFiles: 10_210, limit: 4096))
        // What is needed is enough.
        #expect(DescriptorPlan(limit: 10_210, open: 30, wantedConnections: 10_000).shortage == nil)
        #expect(DescriptorPlan(limit: 10_209, open: 30, wantedConnections: 10_000).shortage != nil)
    }

    @Test("with next to nothing half of it is kept, and somebody is served", arguments: [0, 20, 32, 40, 64, 128, 256])
    func scarce(limit: Int) {
        let plan = DescriptorPlan(limit: limit, open: 31, wantedConnections: 10_000)
        let free = max(0, limit - 31)
        #expect(plan.connections >= 1)
        // Who must give way is still there while the next ones are accepted.
        #expect(plan.connections + 4 <= plan.sockets)
        // So are newcomers, and those who take their leave for them; and what dials need is left.
        #expect(plan.newcomers >= 1)
        #expect(plan.connections + plan.newcomers <= plan.acceptedSockets)
        #expect(
            plan.acceptedSockets + DescriptorPlan.burst + min(DescriptorPlan.dials, plan.sockets / 4) <= plan.sockets)
        #expect(plan.sockets <= max(8, free - min(96, free / 2)))
        #expect(plan.shortage != nil)
        // The admin port takes none of the callers' sockets, and leaves something for files.
        #expect(plan.adminConnections >= 1)
        #expect(free < 16 || plan.sockets + plan.adminConnections + free / 8 <= free)
    }

    @Test("the limit is the system's, and what is open is counted")
    func system() {
        #expect(OpenFiles.raiseLimit() > 32)
        #expect(OpenFiles.count > 2)
        #expect(OpenFiles.count < OpenFiles.raiseLimit())
    }
}
