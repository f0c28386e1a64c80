import Glibc

/// An answer to a GET over plain HTTP on loopback: what tests ask the admin port.
public struct HTTPGet: Sendable {
    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: String

    /// `nil` when nobody answers there.
    public init?(_ path: String, port: Int, method: String = "GET") {
        guard let descriptor = Loopback.connect(port: port) else { return nil }
        defer { close(descriptor) }
        let request = Array("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        self.init(parsing: String(decoding: answer, as: UTF8.self))
    }

    private init?(parsing text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        self.status = status
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst().drop { $0 == " " })
        }
        body = String(text[end.upperBound...])
    }
}
