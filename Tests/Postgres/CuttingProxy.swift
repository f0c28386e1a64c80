internal import Foundation
internal import Synchronization
internal import TestSupport

/// Stands between clients and a server, hands on what they say, and cuts one off, or falls silent, at a word: once, then the
/// rule is spent. It may also have the server hear other words than were said.
///
/// Its threads end with it.
package final class CuttingProxy: Sendable {
    package enum Rule: Sendable {
        /// Cuts before the client's word comes to the server.
        case cutBefore(String)
        /// Hands the client's word on, and cuts when the server has answered it with the same word.
        case cutAfter(String)
        /// As ``cutAfter``, but the answer is handed on up to the end of the word.
        case cutBehind(String)
        /// After the client's word, hands on so many bytes of the answer and nothing more.
        case silentAfter(String, answerBytes: Int)
    }

    /// What its threads share.
    fileprivate final class State: Sendable {
        let rule: Mutex<Rule?>
        let isStopped = Atomic(false)
        private let replacements: [(said: [UInt8], heard: [UInt8])]

        init(_ rule: Rule?, _ replacements: [String: String]) {
            self.rule = Mutex(rule)
            self.replacements = replacements.map { (Array($0.utf8), Array($1.utf8)) }
        }

        /// What the server hears of what the client said.
        func heard(_ bytes: [UInt8]) -> [UInt8] {
            replacements.reduce(bytes) { $0.replacing($1.said, with: $1.heard) }
        }

        /// The rule, if the client's words are what it waits for: then it is spent.
        func rule(for bytes: [UInt8]) -> Rule? {
            rule.withLock { rule in
                let word: String
                switch rule {
                case .cutBefore(let text), .cutAfter(let text), .cutBehind(let text), .silentAfter(let text, _):
                    word = text
                case nil: return nil
                }
                guard bytes.contains(word) else { return nil }
                defer { rule = nil }
                return rule
            }
        }
    }

    package let port: Int
    private let listener: Int32
    private let state: State

    /// - Parameters:
    ///   - target: the server's port on 127.0.0.1.
    ///   - replacements: what the server hears in the place of the client's words, each as long as its word.
    ///   - rule: `nil` until there is one: ``arm(_:)``.
    package init(to target: Int, replacing replacements: [String: String] = [:], _ rule: Rule? = nil) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        port = try Self.listen(listener)
        state = State(rule, replacements)
        let (listener, state) = (listener, state)
        Thread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread {
                    if let server = Loopback.connect(port: target) {
                        Relay(client, server, state).run()
                        close(server)
                    }
                    close(client)
                }.start()
            }
        }.start()
    }

    /// From now on waits for the word of this rule.
    package func arm(_ rule: Rule) { state.rule.withLock { $0 = rule } }

    /// Whether the last rule has met its word.
    package var isSpent: Bool { state.rule.withLock { $0 == nil } }

    deinit {
        state.isStopped.store(true, ordering: .relaxed)
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Takes a port of 127.0.0.1 for a socket, and gives its number.
    package static func listen(_ listener: Int32) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(listener, $0, length) == 0 && Glibc.listen(listener, 4) == 0
                    ? getsockname(listener, $0, &length) : -1
            }
        }
        guard code == 0 else { throw SpawnError("no socket: errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// The two connections of a client of a proxy, on their thread.
private struct Relay {
    private let client: Int32
    private let server: Int32
    private let state: CuttingProxy.State
    /// The rule that has met its word.
    private var rule: CuttingProxy.Rule?
    private var restBytes = 0

    init(_ client: Int32, _ server: Int32, _ state: CuttingProxy.State) {
        self.client = client
        self.server = server
        self.state = state
    }

    consuming func run() {
        while !state.isStopped.load(ordering: .relaxed) {
            var entries = [pollfd(fd: client, events: Int16(POLLIN), revents: 0)]
            entries.append(pollfd(fd: server, events: Int16(POLLIN), revents: 0))
            guard poll(&entries, 2, 20) > 0 else { continue }
            if entries[0].revents != 0 {
                guard let bytes = Self.read(client), passOn(bytes) else { return }
            }
            if entries[1].revents != 0 {
                guard let bytes = Self.read(server), passBack(bytes) else { return }
            }
        }
    }

    /// What the client said; false to cut.
    private mutating func passOn(_ bytes: [UInt8]) -> Bool {
        if rule == nil {
            rule = state.rule(for: bytes)
            switch rule {
            case .cutBefore: return false
            case .silentAfter(_, let answerBytes): restBytes = answerBytes
            case .cutAfter, .cutBehind, nil: break
            }
        }
        return Self.write(state.heard(bytes), to: server)
    }

    /// What the server said; false to cut.
    private mutating func passBack(_ bytes: [UInt8]) -> Bool {
        switch rule {
        case nil: return Self.write(bytes, to: client)
        case .cutBefore: return false
        case .cutAfter(let word): return !bytes.contains(word)
        case .cutBehind(let word):
            guard let place = bytes.firstRange(of: Array(word.utf8)) else { return Self.write(bytes, to: client) }
            _ = Self.write(Array(bytes[..<place.upperBound]), to: client)
            return false
        case .silentAfter:
            let part = Array(bytes.prefix(restBytes))
            restBytes -= part.count
            return part.isEmpty || Self.write(part, to: client)
        }
    }

    private static func read(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(socket, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}

extension [UInt8] {
    fileprivate func contains(_ word: String) -> Bool { firstRange(of: Array(word.utf8)) != nil }
}
