internal import JSONText
internal import Wire

/// Spans as an OTLP/HTTP request in JSON (opentelemetry.io, "OTLP Specification": ids in hexadecimal, 64-bit numbers as
/// texts, enumerations as numbers).
public enum OTLPTraces {
    public static let path = "/v1/traces"
    public static let contentType = "application/json"

    /// - Parameters:
    ///   - service: the program's name, e.g. "gateway".
    ///   - instance: which of its processes.
    public static func encoded(_ spans: [Span], service: String, instance: String, version: String) -> String {
        let resource = [
            attribute("service.name", service), attribute("service.namespace", "quality-month"),
            attribute("service.instance.id", instance), attribute("service.version", version),
        ]
        return "{\"resourceSpans\":[{\"resource\":{\"attributes\":[\(resource.joined(separator: ","))]},"
            + "\"scopeSpans\":[{\"scope\":{\"name\":\"quality-month\",\"version\":\(jsonText(version))},\"spans\":["
            + spans.map(span).joined(separator: ",") + "]}]}]}"
    }

    private static func span(_ span: Span) -> String {
        let slash = span.path.lastIndex(of: "/") ?? span.path.endIndex
        var attributes = [
            attribute("rpc.system", "quality"), attribute("rpc.service", String(span.path[..<slash])),
            attribute("rpc.method", String(span.path[slash...].dropFirst())),
            attribute("rpc.response.status_code", span.code.name),
        ]
        if let identity = span.identity { attributes.append(attribute("enduser.id", identity)) }
        if let backend = span.backend { attributes.append(attribute("server.address", backend)) }
        if let queued = span.queuedNanoseconds {
            attributes.append(
                "{\"key\":\"quality.queued_microseconds\",\"value\":{\"intValue\":\"\(queued / 1000)\"}}")
        }
        // A server's span is in error only when the server is; a client's whenever the call failed.
        let isError = span.kind == .server ? span.code.isFailure : span.code != .ok
        let parent = span.parentID.map { "\"parentSpanId\":\"\($0.traceDigits)\"," } ?? ""
        let end = span.startedAtUnixNanoseconds &+ span.durationNanoseconds
        return "{\"traceId\":\"\(span.traceID)\",\"spanId\":\"\(span.spanID.traceDigits)\",\(parent)"
            + "\"name\":\(jsonText(span.path)),\"kind\":\(span.kind.rawValue),"
            + "\"startTimeUnixNano\":\"\(span.startedAtUnixNanoseconds)\",\"endTimeUnixNano\":\"\(end)\","
            + "\"attributes\":[\(attributes.joined(separator: ","))]"
            + ",\"status\":{\(isError ? "\"code\":2,\"message\":\(jsonText(span.code.name))" : "")}}"
    }

    private static func attribute(_ key: String, _ value: String) -> String {
        "{\"key\":\(jsonText(key)),\"value\":{\"stringValue\":\(jsonText(value))}}"
    }
}
