internal import GatewayRules
internal import Metrics

/// What admission counts, under swift-metrics' names.
enum AdmissionMetrics {
    /// By ``CallRefusal``.
    private static let refused = CallRefusal.allCases.map {
        Counter(label: "gateway_calls_refused_total", dimensions: [("reason", $0.name)])
    }
    /// How long calls that had to wait waited before they were begun, by class.
    private static let queueDelay = TrafficClass.allCases.map {
        Timer(label: "gateway_queue_delay_seconds", dimensions: [("class", $0.name)])
    }
    private static let reloaded = Counter(
        label: "gateway_configuration_reloads_total", dimensions: [("result", "applied")])
    private static let notReloaded = Counter(
        label: "gateway_configuration_reloads_total", dimensions: [("result", "refused")])

    static func countRefusal(_ reason: CallRefusal) {
        refused[reason.rawValue].increment()
    }

    static func recordQueueDelay(_ trafficClass: TrafficClass, nanoseconds: UInt64) {
        queueDelay[Int(trafficClass.rawValue)].recordNanoseconds(Int64(clamping: nanoseconds))
    }

    static func countReload(applied: Bool) {
        (applied ? reloaded : notReloaded).increment()
    }
}
