/// Lines on their way to somebody who may read slowly, or not at all: in the order they came, in bounded memory. Pure;
/// whoever writes them out has the lock and the thread.
///
///     quiet ──append──▶ waiting ──next──▶ being written ──next──▶ quiet, or being written
///
/// At the bound the newer lines are left out and counted, not the older: what is kept says how it began. The next line
/// that finds room is told first how many are missing before it.
struct LineQueue {
    let limitBytes: Int
    private var waiting: [UInt8] = []
    /// Where what waits begins: what stands before it has been handed out.
    private var start = 0
    private var isBeingWritten = false
    private var leftOut = 0

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    /// Nothing waits, and nothing is being written.
    var isQuiet: Bool { !isBeingWritten && waitingBytes == 0 }

    var waitingBytes: Int { waiting.count - start }

    enum OnAppend: Equatable {
        /// Whoever writes has nothing to do: wake it.
        case wake
        /// Whoever writes comes to it.
        case waits
        /// There is no room.
        case leftOut
    }

    /// A line has come, with its end. `missing` words the line that says how many were left out before it.
    mutating func append(_ line: String, missing: (Int) -> String) -> OnAppend {
        let notice = leftOut > 0 ? missing(leftOut) : ""
        guard waitingBytes + notice.utf8.count + line.utf8.count <= limitBytes else {
            leftOut += 1
            return .leftOut
        }
        leftOut = 0
        let wasQuiet = isQuiet
        waiting.append(contentsOf: notice.utf8)
        waiting.append(contentsOf: line.utf8)
        return wasQuiet ? .wake : .waits
    }

    /// What was handed out before has been written; what is to be written next: whole lines of at most so many bytes
    /// together, or one longer line. `nil`: nothing, until ``append(_:missing:)`` says ``OnAppend/wake``.
    mutating func next(upTo bytes: Int) -> [UInt8]? {
        guard waitingBytes > 0 else {
            isBeingWritten = false
            // What one bad hour took is not kept for ever.
            waiting = []
            start = 0
            return nil
        }
        isBeingWritten = true
        let end = endOfPiece(upTo: bytes)
        let piece = Array(waiting[start..<end])
        start = end
        if start >= limitBytes / 2 {
            waiting.removeFirst(start)
            start = 0
        }
        return piece
    }

    private func endOfPiece(upTo bytes: Int) -> Int {
        let newLine = UInt8(ascii: "\n")
        let most = min(start + bytes, waiting.count)
        if let last = waiting[start..<most].lastIndex(of: newLine) { return last + 1 }
        return waiting[most...].firstIndex(of: newLine).map { $0 + 1 } ?? waiting.count
    }
}
