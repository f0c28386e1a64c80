import ArgumentParser
import Messages
import RPC
import ServiceKit
import Serving
import StatisticsServer
import StatisticsStorage
import Storage

@main
struct StatisticsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-statistics",
        abstract: "Sums what was reported, and says who has reported and who has not.",
        discussion: """
            Follows the journals of registry and submission through the gateway, and keeps what they tell in a store of
            its own. The store holds nothing that the journals do not: removed, it is built again. Run as many copies as
            there are readers for, each with its own store.

            Example:
              qm-statistics --config statistics.yaml --store-path /var/lib/quality/statistics.db
            """,
        version: SuiteVersion.text)

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        await ServiceProcess.run("statistics", arguments, defaultPort: 7103) { process in
            let store = try process.openStore(migrations: StatisticsSchema.migrations, isOwn: true)
            let following = StatisticsFollowing(
                store, gateway: try await process.gatewayClient(), logger: process.logger)
            for follower in following.followers { try process.watch(follower) }
            var router = Router()
            let (places, clock) = (WaitingPlaces(), ProcessClock())
            StatisticsHandler(
                StatisticsReader(store), following: following, places: places,
                catchingUp: CatchingUp(following.followers, places: places, clock: clock), clock: clock,
                logger: process.logger
            ).serve(on: &router)
            try await process.serve(
                router, background: following.followers.map(BackgroundTask.init))
        }
    }
}
