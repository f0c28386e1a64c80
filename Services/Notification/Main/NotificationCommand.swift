import ArgumentParser
import Messages
import NotificationServer
import NotificationStorage
import RPC
import ServiceKit
import Serving
import Storage

@main
struct NotificationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-notification",
        abstract: "Tells those who must act, in a durable inbox.",
        discussion: """
            Follows the journals of registry and submission through the gateway: a published campaign, a report received
            and a report rejected become messages in the inbox of the unit concerned.

            Example:
              qm-notification --config notification.yaml --store-path /var/lib/quality/notification.db
            """,
        version: SuiteVersion.text, subcommands: [StoreCommand<StoredHere>.self])

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        await ServiceProcess.run("notification", arguments, defaultPort: 7104) { process in
            let store = try process.openStore(migrations: NotificationSchema.migrations)
            let following = NotificationFollowing(
                store, gateway: try await process.gatewayClient(), logger: process.logger)
            for follower in following.followers { try process.watch(follower) }
            var router = Router()
            NotificationHandler(
                InboxStore(store),
                catchingUp: CatchingUp(following.followers, places: WaitingPlaces(), clock: ProcessClock()),
                logger: process.logger
            ).serve(on: &router)
            try await process.serve(
                router, background: following.followers.map(BackgroundTask.init))
        }
    }
}

private struct StoredHere: StoredService {
    static let name = "notification"
    static let migrations = NotificationSchema.migrations
}
