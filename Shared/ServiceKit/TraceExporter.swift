internal import CCurl
internal import Logging
internal import NIOPosix
internal import Telemetry

/// Sends the spans of this process to a collector, as OTLP/HTTP with JSON. On a thread of its own, in batches: a
/// collector that is slow or gone holds back nothing but its own spans, which are then counted and lost.
final class TraceExporter: Sendable {
    private static let batchSpans = 512
    private static let period: Duration = .seconds(1)
    private static let timeoutMilliseconds = 5000

    private let spans: SpanQueue
    private let endpoint: String
    private let encode: @Sendable ([Span]) -> String
    private let logger: Logger

    /// - Parameters:
    ///   - endpoint: the whole URL.
    ///   - encode: a request's body.
    init(_ spans: SpanQueue, endpoint: String, logger: Logger, encode: @escaping @Sendable ([Span]) -> String) {
        self.spans = spans
        self.endpoint = endpoint
        self.logger = logger
        self.encode = encode
    }

    /// Exports until the task is cancelled; then what is waiting, once.
    func run() async {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        guard let poster = Poster(endpoint, timeoutMilliseconds: Self.timeoutMilliseconds) else { return }
        var lastFailure: String?
        while true {
            try? await Task.sleep(for: Self.period)
            let isLast = Task.isCancelled
            while true {
                let batch = spans.take(Self.batchSpans)
                guard !batch.isEmpty else { break }
                let body = encode(batch)
                // In a task of its own: the last batch goes out though this one is cancelled.
                let failure = await Task { () -> String? in
                    do {
                        return try await thread.runIfActive { poster.post(body) }
                    } catch {
                        return "the exporter has stopped"
                    }
                }.value
                spans.settled(batch.count, isExported: failure == nil)
                if failure != lastFailure { note(failure) }
                lastFailure = failure
                guard failure == nil else { break }
            }
            if isLast { break }
        }
        try? await thread.shutdownGracefully()
    }

    /// Once for each change: a collector that is away for an hour is not news every second.
    private func note(_ failure: String?) {
        if let failure {
            logger.warning(
                "spans are lost: the collector does not take them",
                metadata: ["endpoint": "\(endpoint)", "reason": "\(failure)"])
        } else {
            logger.notice("the collector takes spans again", metadata: ["endpoint": "\(endpoint)"])
        }
    }

    /// Owns a libcurl handle. Used by one thread at a time: the exporter waits for each post.
    private final class Poster: @unchecked Sendable {
        private let handle: OpaquePointer

        init?(_ url: String, timeoutMilliseconds: Int) {
            guard let handle = ccurl_poster_new(url, OTLPTraces.contentType, timeoutMilliseconds) else { return nil }
            self.handle = handle
        }

        deinit {
            ccurl_poster_free(handle)
        }

        /// Why it failed; `nil` when the collector took it.
        func post(_ body: String) -> String? {
            var body = body
            var error: UnsafePointer<CChar>?
            let status = body.withUTF8 { ccurl_poster_post(handle, $0.baseAddress!, $0.count, &error) }
            if let error { return String(cString: error) }
            return (200..<300).contains(status) ? nil : "HTTP status \(status)"
        }
    }
}
