internal import Dispatch
internal import Glibc
internal import RPC
internal import Synchronization

/// Standard error, which whoever runs the process collects. A reader that has stopped reading, a terminal that was halted
/// with Ctrl-S or a full disk must not stop the program: lines are written by a thread of their own, and whoever logs
/// waits for nothing. What the reader is too slow for is left out, counted and told (``LineQueue``).
final class StandardError: Sendable {
    static let shared = StandardError()

    /// What may wait: some minutes of an ordinary log.
    private static let limitBytes = 1 << 20
    /// So much a pipe takes in one piece or not at all (PIPE_BUF, POSIX): lines of several programs do not mix.
    private static let pieceBytes = 4096

    private struct State {
        var lines = LineQueue(limitBytes: StandardError.limitBytes)
        var hasThread = false
        /// Those who wait until all is written.
        var flushing: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    /// A line, with its end. `missing`: see ``LineQueue/append(_:missing:)``.
    func write(_ line: String, missing: (Int) -> String) {
        let (outcome, needsThread) = state.withLock { state in
            defer { state.hasThread = true }
            return (state.lines.append(line, missing: missing), !state.hasThread)
        }
        if needsThread { startThread("log") { StandardError.shared.writeForEver() } }
        if outcome == .wake { work.signal() }
    }

    /// Waits until everything has been written, but no longer than that.
    func flush(milliseconds: Int) {
        let written = DispatchSemaphore(value: 0)
        let isQuiet = state.withLock { state in
            if !state.lines.isQuiet { state.flushing.append(written) }
            return state.lines.isQuiet
        }
        if !isQuiet { _ = written.wait(timeout: .now() + .milliseconds(milliseconds)) }
    }

    // MARK: The thread

    private func writeForEver() -> Never {
        while true {
            work.wait()
            while let piece = next() { Self.write(piece) }
        }
    }

    private func next() -> [UInt8]? {
        let (piece, flushed) = state.withLock { state in
            let piece = state.lines.next(upTo: Self.pieceBytes)
            return (piece, piece == nil ? state.flushing.take() : [])
        }
        for semaphore in flushed { semaphore.signal() }
        return piece
    }

    /// Nobody is left to be told what cannot be written here: it is dropped.
    private static func write(_ piece: [UInt8]) {
        var rest = piece[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}

extension Array {
    fileprivate mutating func take() -> [Element] {
        defer { self = [] }
        return self
    }
}
