internal import Journal
internal import Logging
internal import Messages
internal import Metrics
internal import RPC
internal import Storage
internal import Synchronization
internal import Transport

extension ServiceProcess {
    private static let clockOffset = Gauge(label: "clock_offset_seconds")
    /// Others are asked so often; and while nobody has answered.
    private static let askingPause = Duration.seconds(10)
    private static let firstAskingPause = Duration.seconds(1)
    /// A program that was just started seals nothing for so long before others have said what time it is. Nobody can send it
    /// anything without the gateway, which is one of them.
    private static let firstWordMicroseconds: Int64 = 2_000_000

    /// Looks at the clock once a second, beside each group commit, and stops what seals while it cannot be believed: it does
    /// so before anybody sends something, and tells it.
    func watchClock() async {
        var told: [StorePlace: String] = [:]
        var isTold = false
        while !Task.isCancelled {
            let (reading, fault) = clockWatch.look()
            if let ahead = clockWatch.aheadOfOthersMicroseconds() {
                Self.clockOffset.record(Double(ahead) / 1_000_000)
            }
            let logs = stores.withLock { $0.filter { $0.store.logKey != nil } }
            for open in logs {
                let reason = fault?.description ?? behind(open.store, reading, told[open.place])
                guard reason != told[open.place] else { continue }
                told[open.place] = reason
                open.store.hold(.clock, reason.map { StorageError(.held, $0) })
            }
            // Nothing is sealed here, and nobody is stopped.
            if logs.isEmpty, (fault != nil) != isTold {
                isTold.toggle()
                if let fault {
                    logger.warning("the clock cannot be believed", metadata: ["reason": "\(fault)"])
                } else {
                    logger.notice("the clock can be believed again")
                }
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// What is wrong with a clock that is behind the journal; in the same words as long as it is.
    private func behind(_ store: Store, _ reading: ClockReading, _ told: String?) -> String? {
        let instant = store.journalInstant
        guard !clock.isRehearsal,
            instant.isAhead(of: reading.wall, byMoreThan: settings.clockToleranceMicroseconds)
        else { return nil }
        let begin = "the journal was sealed last at \(ClockWords.instant(instant.unixMicroseconds))"
        if let told, told.hasPrefix(begin) { return told }
        return begin + ", and the machine's clock is "
            + ClockWords.difference(reading.wall - instant.unixMicroseconds)
            + " that: nothing is sealed. If the clock is wrong, set it (chronyc makestep); if it was wrong then, stop the "
            + "service and see 'qm-\(name) store correct-clock --help'"
    }

    /// Asks the gateway and databases' servers what time it is, and tells the gateway.
    func askingOthersForTheTime() async throws -> BackgroundTask {
        var health: RPCV1.HealthServiceClient?
        if try configuration.text(.gatewayPort) != nil || configuration.text(.gatewayEndpoints) != nil {
            health = RPCV1.HealthServiceClient(try await gatewayClient())
        }
        let stores = stores.withLock { $0.map(\.store) }
        return BackgroundTask("other programs' clocks") { [self, health] in
            if health != nil { clockWatch.waitForWord(microseconds: Self.firstWordMicroseconds) }
            while !Task.isCancelled {
                let answers = await withTaskGroup(of: Bool.self) { group in
                    if let health { group.addTask { [self] in await askGateway(health) } }
                    for store in stores { group.addTask { [self] in await askDatabase(of: store) } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                try? await Task.sleep(
                    for: answers.first == false && !answers.contains(true)
                        ? Self.firstAskingPause : Self.askingPause)
            }
        }
    }

    private func askGateway(_ health: RPCV1.HealthServiceClient) async -> Bool {
        do {
            try await clockWatch.ask("the gateway") {
                let request = RPCV1.CheckRequest(nowUnixUs: clockWatch.believedNow())
                let now = try await health.check(request, options: CallOptions(timeout: .seconds(5))).nowUnixUs
                return now == 0 ? nil : now
            }
            return true
        } catch {
            return false
        }
    }

    /// Of a store in a file there is nobody to ask.
    private func askDatabase(of store: Store) async -> Bool {
        do {
            try await clockWatch.ask("the database") { try await store.databaseClock() }
            return true
        } catch {
            return false
        }
    }
}
