internal import Metrics
internal import Wire

/// Counts ended calls by status code, under swift-metrics' names. Which system they go to, the process decides when it
/// starts; without one, counting costs next to nothing.
struct CallCounters: Sendable {
    /// Calls this process answered, or forwarded an answer to: "rpc_server_calls_total", by "code".
    static let server = CallCounters("rpc_server_calls_total")
    /// Calls this process made: "rpc_client_calls_total", by "code".
    static let client = CallCounters("rpc_client_calls_total")

    /// By the code's number.
    private let counters: [Counter]

    private init(_ label: String) {
        counters = StatusCode.allCases.map { Counter(label: label, dimensions: [("code", $0.name)]) }
    }

    func count(_ code: StatusCode) {
        counters[Int(code.rawValue)].increment()
    }

    /// Counts a call by the STATUS payload that ends it.
    func count(status: UnsafeRawBufferPointer) {
        count(status.count > 2 ? StatusCode(rawValue: status[2]) ?? .unknown : .unknown)
    }
}
