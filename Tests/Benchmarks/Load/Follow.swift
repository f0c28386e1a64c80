import ArgumentParser
import Following
import Journal
import Logging
import RPC
import StatisticsServer
import StatisticsStorage
import Storage
import Transport
import Wire

/// A new copy of statistics reads submission's whole journal: verified, merged, stored, as the service does it.
struct Follow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follows submission's journal into a new store of statistics, and says how fast its entries came.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "The file of the new store.") var store: String
    @Option(help: "Entries that the journal has.") var entries: UInt64 = 500_000

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: 1)
        let opened = try Store(
            opening: StoreOptions(
                .file(store), service: "statistics", migrations: StatisticsSchema.migrations, wallClock: { 0 }))
        let follower = StatisticsFollowing(opened, gateway: load.client, logger: .benchmark).submission
        let begin = MonotonicInstant.now
        let cpuBefore = ProcessTime.microseconds
        let following = Task { try await follower.run() }
        var progress = follower.progress
        while progress.cursor?.size ?? 0 < entries {
            if case .failing(let reason) = progress.condition { throw ValidationError("following failed: \(reason)") }
            progress = try await follower.waitForChange(from: progress)
        }
        let seconds = Double(MonotonicInstant.now.microseconds(since: begin)) / 1_000_000
        let cpu = Double(ProcessTime.microseconds - cpuBefore) / Double(entries)
        following.cancel()
        _ = try await following.value
        opened.close()
        print("entries \(entries) seconds \(seconds) rate \(Int(Double(entries) / seconds)) cpu_us \(cpu)")
        await load.client.close()
    }
}
