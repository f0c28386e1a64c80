/// Every metric of the suite, with its labels and its meaning in a line. The README's table says the same at more length;
/// a test holds the two, and the code that counts, together.
package enum MetricCatalog {
    package struct Entry: Sendable, Hashable {
        package var name: String
        /// In the order of the README's table.
        package var labels: [String]
        package var help: String

        fileprivate init(_ name: String, _ labels: [String], _ help: String) {
            self.name = name
            self.labels = labels
            self.help = help
        }

        fileprivate init(_ name: String, _ help: String) {
            self.init(name, [], help)
        }
    }

    /// The line of HELP; empty for a name that is not the suite's.
    static func help(of name: String) -> String { helps[name] ?? "" }

    private static let helps = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.help) })

    package static let entries =
        calls + connections + endpoints + gateway + services + certificates + process

    private static let calls = [
        Entry("rpc_server_calls_total", ["method", "code"], "Calls that ended, by method and status code."),
        Entry("rpc_server_call_duration_seconds", ["method"], "From a call's first frame to its status, by method."),
        Entry("rpc_server_received_bytes_total", ["method"], "Message bytes of requests, by method."),
        Entry("rpc_server_sent_bytes_total", ["method"], "Message bytes of responses, by method."),
        Entry("rpc_server_open_streams", ["method"], "Calls that have begun and not ended, by method."),
        Entry("rpc_client_calls_total", ["backend", "code"], "Calls sent out that ended, by backend and status code."),
        Entry("rpc_client_call_duration_seconds", ["backend"], "From sending a call to its status, by backend."),
        Entry("rpc_client_received_bytes_total", ["backend"], "Message bytes of responses, by backend."),
        Entry("rpc_client_sent_bytes_total", ["backend"], "Message bytes of requests, by backend."),
        Entry("rpc_client_open_streams", ["backend"], "Calls sent out that have not ended, by backend."),
        Entry("rpc_client_backend_connections", ["backend"], "Connections that take calls, by backend."),
        Entry("rpc_client_retries_total", ["kind"], "Attempts beyond a call's first: free or budgeted."),
        Entry("rpc_client_retries_refused_total", "Attempts that the retry budget did not allow."),
        Entry(
            "access_log_suppressed_total",
            "Lines left out of the access log: too many, or too many bytes, in one second."),
        Entry("tracing_spans_exported_total", "Spans that the collector took."),
        Entry(
            "tracing_spans_dropped_total", "Spans that were not exported: the queue was full, or the collector refused."
        ),
    ]

    private static let connections = [
        Entry("rpc_connections", ["side"], "Open connections."),
        Entry("rpc_connections_opened_total", ["side"], "Connections opened since the start."),
        Entry(
            "rpc_connections_refused_total", ["reason"],
            "Peers that never became connections: strangers, and those over a limit."),
        Entry("rpc_accept_pauses_total", ["reason"], "Times that no connection was accepted for a while."),
        Entry(
            "rpc_connections_cut_total", ["side", "reason"],
            "Connections that were ended because of what the peer did, or is."),
        Entry("rpc_connection_received_bytes_total", ["side"], "Bytes of frames received, within TLS."),
        Entry("rpc_connection_sent_bytes_total", ["side"], "Bytes of frames sent, within TLS."),
        Entry("rpc_connections_drained_total", ["reason"], "Connections on which a server took no more calls."),
        Entry("rpc_calls_refused_total", ["reason"], "Calls not begun: a rule or a limit of their connection."),
        Entry("rpc_calls_cut_total", ["reason"], "Calls ended early: a rule or a limit of their connection."),
        Entry("rpc_bytes_in_flight", ["loop"], "Message bytes that wait to be sent or taken, by event loop."),
        Entry("tls_handshakes_total", ["side", "result"], "TLS handshakes, by result."),
        Entry("tls_handshake_duration_seconds", ["side"], "How long successful TLS handshakes took."),
    ]

    private static let endpoints = [
        Entry("rpc_endpoints", ["service", "state"], "Endpoints of a service by state, summed over event loops."),
        Entry("rpc_endpoint_ejections_total", "Endpoints that were left out because their calls failed."),
        Entry("rpc_endpoint_connect_failures_total", "Attempts to connect to an endpoint that failed."),
        Entry("rpc_endpoint_resolution_failures_total", "Attempts to learn endpoints from a name or file that failed."),
    ]

    private static let gateway = [
        Entry("gateway_calls_refused_total", ["reason"], "Calls that the gateway did not forward."),
        Entry("gateway_calls_sent_again_total", "Calls that went to a second endpoint: the first had not begun them."),
        Entry("gateway_queue_delay_seconds", ["class"], "How long calls that waited did so, by traffic class."),
        Entry("gateway_configuration_reloads_total", ["result"], "Routes and policy read anew: applied or refused."),
    ]

    private static let services = [
        Entry(
            "health_condition", ["condition"],
            "0: as it should be; 1: something is missing elsewhere; 2: not everything is served; 3: nothing is."),
        Entry("journal_entries", "Entries of this service's journal."),
        Entry("follower_entries", ["journal"], "Entries of a followed journal that have taken effect."),
        Entry(
            "follower_lag_seconds", ["journal"], "How long a journal has not been followed to its end; 0 when it is."),
        Entry("store_bytes", ["part"], "Size of the store's file (database) and of what is not in it yet (wal)."),
        Entry("store_disk_free_bytes", "What is left of the disk that the store's file lies on."),
        Entry(
            "store_last_backup_timestamp_seconds",
            "When 'store backup' last succeeded, seconds since 1970; 0 when it never did."),
        Entry("submission_verdicts_total", ["verdict"], "What became of pushes."),
        Entry(
            "submission_refusals_only_counted_total",
            "Refused pushes that were not journaled: their unit had enough of them in this hour."),
    ]

    private static let certificates = [
        Entry(
            "tls_certificate_expires_seconds", ["which"],
            "Seconds until the certificate, its authority's or the revocation list ends."),
        Entry("tls_reloads_total", ["result"], "Certificates and revocations read anew: reloaded or refused."),
        Entry("tls_peers_near_expiry_total", "Connections of peers whose certificate is about to end."),
    ]

    private static let process = [
        Entry(
            "clock_offset_seconds", "By how much the machine's clock is ahead of other programs' and the database's."),
        Entry("event_loop_lag_seconds", "How late event loops came to a timer: the time a frame waits for the loop."),
        Entry(
            "event_loop_busy_poll_seconds_total",
            "Time that event loops spent looking for frames instead of sleeping."),
        Entry("event_loops_unresponsive", "Event loops that did not answer within a second."),
        Entry("process_cpu_seconds_total", "CPU time used, user and system."),
        Entry("process_resident_memory_bytes", "Resident memory."),
        Entry("process_open_fds", "Open file descriptors."),
        Entry("process_max_fds", "The most file descriptors that may be open."),
        Entry("process_threads", "Threads."),
        Entry("process_start_time_seconds", "When the process started, seconds since 1970."),
        Entry("quality_month_build_info", ["version", "program"], "1, with the version and the name of the program."),
    ]
}
