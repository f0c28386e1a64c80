/// What the metrics mean, in a line each. The README's table says the same at more length.
enum MetricHelp {
    static func text(of name: String) -> String { texts[name] ?? "" }

    private static let texts: [String: String] = [
        "rpc_server_calls_total": "Calls that ended, by method and status code.",
        "rpc_server_call_duration_seconds": "From a call's first frame to its status, by method.",
        "rpc_server_received_bytes_total": "Message bytes of requests, by method.",
        "rpc_server_sent_bytes_total": "Message bytes of responses, by method.",
        "rpc_server_open_streams": "Calls that have begun and not ended, by method.",
        "rpc_client_calls_total": "Calls sent out that ended, by backend and status code.",
        "rpc_client_call_duration_seconds": "From sending a call to its status, by backend.",
        "rpc_client_received_bytes_total": "Message bytes of responses, by backend.",
        "rpc_client_sent_bytes_total": "Message bytes of requests, by backend.",
        "rpc_client_open_streams": "Calls sent out that have not ended, by backend.",
        "rpc_client_backend_connections": "Connections that take calls, by backend.",
        "rpc_connections": "Open connections.",
        "rpc_connections_opened_total": "Connections opened since the start.",
        "rpc_connections_refused_total": "Peers that never became connections: strangers, and those over a limit.",
        "rpc_connection_received_bytes_total": "Bytes of frames received, within TLS.",
        "rpc_connection_sent_bytes_total": "Bytes of frames sent, within TLS.",
        "tls_handshakes_total": "TLS handshakes, by result.",
        "tls_handshake_duration_seconds": "How long successful TLS handshakes took.",
        "event_loop_lag_seconds": "How late event loops came to a timer: the time a frame waits for the loop.",
        "event_loops_unresponsive": "Event loops that did not answer within a second.",
        "tracing_spans_dropped_total": "Spans that were not exported: the queue was full, or the collector refused.",
        "tracing_spans_exported_total": "Spans that the collector took.",
        "access_log_suppressed_total": "Lines left out of the access log: too many in one second.",
        "process_cpu_seconds_total": "CPU time used, user and system.",
        "process_resident_memory_bytes": "Resident memory.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "The most file descriptors that may be open.",
        "process_threads": "Threads.",
        "process_start_time_seconds": "When the process started, seconds since 1970.",
        "quality_month_build_info": "1, with the version and the name of the program.",
    ]
}
