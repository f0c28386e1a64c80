internal import Wire

/// The figures of the loops as metrics. Their names and meanings stand in the README.
extension LoopSnapshot {
    public var families: [MetricFamily] {
        callFamilies("server", "method", methods) + callFamilies("client", "backend", backends) + connectionFamilies
            + [
                family("event_loop_lag_seconds", .histogram, [.init([], .init(lag))]),
                family(
                    "event_loop_busy_poll_seconds_total", .counter,
                    [.init([], .number(Double(polledNanoseconds) / 1e9))]),
                family(
                    "access_log_suppressed_total", .counter, [.init([], .number(Double(suppressedAccessLines)))]),
                family(
                    "rpc_client_backend_connections", .gauge,
                    backendConnections.sorted { $0.key < $1.key }.map {
                        .init([.init("backend", $0.key)], .number(Double($0.value)))
                    }),
            ]
    }

    private func family(
        _ name: String, _ kind: MetricFamily.Kind, _ series: [MetricFamily.Series]
    ) -> MetricFamily {
        MetricFamily(name, MetricCatalog.help(of: name), kind, series)
    }

    private func callFamilies(_ side: String, _ label: String, _ calls: [String: CallSnapshot]) -> [MetricFamily] {
        let sorted = calls.sorted { $0.key < $1.key }
        let prefix = "rpc_\(side)_"
        func series(_ value: (CallSnapshot) -> MetricFamily.Value) -> [MetricFamily.Series] {
            sorted.map { .init([.init(label, $0.key)], value($0.value)) }
        }
        return [
            family(
                prefix + "calls_total", .counter,
                sorted.flatMap { name, calls in
                    StatusCode.allCases.filter { $0 == .ok || calls.ended[Int($0.rawValue)] > 0 }.map { code in
                        .init(
                            [.init(label, name), .init("code", code.name)],
                            .number(Double(calls.ended[Int(code.rawValue)])))
                    }
                }),
            family(prefix + "call_duration_seconds", .histogram, series { .init($0.latency) }),
            family(prefix + "received_bytes_total", .counter, series { .number(Double($0.bytesReceived)) }),
            family(prefix + "sent_bytes_total", .counter, series { .number(Double($0.bytesSent)) }),
            family(prefix + "open_streams", .gauge, series { .number(Double($0.open)) }),
        ]
    }

    private var connectionFamilies: [MetricFamily] {
        let sides: [(ConnectionSide, ConnectionSnapshot)] = [(.server, server), (.client, client)]
        func series(_ value: (ConnectionSnapshot) -> MetricFamily.Value) -> [MetricFamily.Series] {
            sides.map { .init([.init("side", $0.0.rawValue)], value($0.1)) }
        }
        return [
            family("rpc_connections", .gauge, series { .number(Double($0.open)) }),
            family("rpc_connections_opened_total", .counter, series { .number(Double($0.opened)) }),
            family("rpc_connection_received_bytes_total", .counter, series { .number(Double($0.bytesReceived)) }),
            family("rpc_connection_sent_bytes_total", .counter, series { .number(Double($0.bytesSent)) }),
            family(
                "tls_handshakes_total", .counter,
                sides.flatMap { side, connections in
                    let failed = connections.failedHandshakes.sorted { $0.key < $1.key }
                    let results = [("ok", connections.handshakes.count)] + failed.map { ($0.key, $0.value) }
                    return results.map { result, count in
                        MetricFamily.Series(
                            [.init("side", side.rawValue), .init("result", result)], .number(Double(count)))
                    }
                }),
            family("tls_handshake_duration_seconds", .histogram, series { .init($0.handshakes) }),
        ]
    }
}
