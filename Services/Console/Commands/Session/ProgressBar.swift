/// How far a long command has come, on one line of a terminal that is drawn over. Nothing where no terminal is.
struct ProgressBar {
    private static let cells = 32

    let title: String
    let total: Int
    private let environment: ConsoleEnvironment
    private var drawn = -1

    init(_ title: String, total: Int, environment: ConsoleEnvironment) {
        self.title = title
        self.total = total
        self.environment = environment
    }

    /// Draws anew when the bar or the percentage has moved.
    mutating func show(_ done: Int) {
        guard environment.isTerminal, total > 0 else { return }
        let percent = done * 100 / total
        guard percent != drawn else { return }
        drawn = percent
        let filled = done * Self.cells / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.cells - filled)
        environment.report("\r\(title) \(bar) \(done)/\(total)")
    }

    /// Clears the line for what comes next.
    func finish() {
        guard drawn >= 0 else { return }
        environment.report("\r\u{1B}[2K")
    }
}
