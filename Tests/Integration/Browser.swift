import Foundation
import Glibc
import Synchronization
import TestProcesses
import TestSupport

/// A chromium without a window, driven over its DevTools protocol through two pipes (`--remote-debugging-pipe`: messages
/// are JSON, each followed by a zero byte). Needs no display, no bus and no graphics card.
final class Browser: @unchecked Sendable {
    /// What the page did that a quiet page does not, and whom it asked.
    struct Observations {
        /// Errors and warnings on the console, and exceptions that nobody caught.
        var complaints: [String] = []
        var requests: [String] = []
    }

    /// Longer than anything here takes: only a hang reaches it.
    private static let patienceMilliseconds = Int32(Patience.seconds * 1000)

    private let process: pid_t
    private let directory: String
    private let toBrowser: Int32
    private let fromBrowser: Int32
    private var received: [UInt8] = []
    private var nextID = 0
    private var session: String?
    private var seen = Observations()
    /// One thread at a time; each call blocks until the browser has answered.
    private let queue = DispatchQueue(label: "browser")

    static let path = "/usr/bin/chromium"

    /// Starts a browser with one empty page.
    init() throws {
        directory = NSTemporaryDirectory() + "quality-browser-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (itsInput, ourOutput) = try Self.pipe()
        let (ourInput, itsOutput) = try Self.pipe()
        toBrowser = ourOutput
        fromBrowser = ourInput
        defer {
            close(itsInput)
            close(itsOutput)
        }
        process = try Self.spawn(directory: directory, input: itsInput, output: itsOutput)
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(toBrowser)
        close(fromBrowser)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A pipe whose ends are above the numbers that the browser expects its own at.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw SuiteError("no pipe: errno \(errno)") }
        let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 20) }
        ends.forEach { close($0) }
        return (high[0], high[1])
    }

    private static func spawn(directory: String, input: Int32, output: Int32) throws -> pid_t {
        let arguments = [
            path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--user-data-dir=\(directory)",
            "--remote-debugging-pipe", "about:blank",
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["HOME"] = directory
        environment["DBUS_SESSION_BUS_ADDRESS"] = nil
        var actions = SpawnActions()
        actions.open(directory + "/log", as: 1)
        actions.duplicate(1, as: 2)
        actions.duplicate(input, as: 3)
        actions.duplicate(output, as: 4)
        do {
            return try actions.spawn(arguments, environment.map { "\($0.key)=\($0.value)" })
        } catch {
            throw SuiteError("\(error.description); see compose/packages.txt")
        }
    }

    // MARK: The page

    /// Opens a page of this size and waits for nothing.
    func open(_ url: String, width: Int, height: Int, isDark: Bool) async throws {
        try await onQueue { [self] in
            let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String
            let attached = try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])
            session = attached["sessionId"] as? String
            for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call("\(domain).enable") }
            try resize(width: width, height: height)
            _ = try call(
                "Emulation.setEmulatedMedia",
                ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
            _ = try call("Page.navigate", ["url": url])
        }
    }

    func resize(width: Int, height: Int) throws {
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    }

    /// What a JavaScript expression is worth, as text.
    func evaluate(_ expression: String) async throws -> String {
        try await onQueue { [self] in
            let answer = try call("Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
            return (answer["result"] as? [String: Any])?["value"] as? String ?? "no value"
        }
    }

    /// Asks again until the expression is true.
    func wait(until expression: String) async throws {
        let deadline = ContinuousClock.now + Patience.limit
        while try await evaluate(expression) != "true" {
            guard ContinuousClock.now < deadline else {
                let text = try await evaluate("document.body.innerText")
                throw SuiteError("never: \(expression); the page shows:\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The page as it looks, as PNG.
    func screenshot() async throws -> Data {
        try await onQueue { [self] in
            let answer = try call("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
            guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
                throw SuiteError("the browser made no picture")
            }
            return data
        }
    }

    var observations: Observations {
        get async { await (try? onQueue { [self] in seen }) ?? Observations() }
    }

    private func onQueue<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    // MARK: The protocol

    private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        nextID += 1
        var message: [String: Any] = ["id": nextID, "method": method, "params": parameters]
        if let session, !method.hasPrefix("Target.") { message["sessionId"] = session }
        var bytes = Array(try JSONSerialization.data(withJSONObject: message))
        bytes.append(0)
        guard write(toBrowser, bytes, bytes.count) == bytes.count else { throw gone }
        while true {
            let answer = try receive()
            guard answer["id"] as? Int == nextID else {
                note(answer)
                continue
            }
            if let error = answer["error"] as? [String: Any] { throw SuiteError("\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    private var gone: SuiteError {
        let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
        return SuiteError("the browser does not answer:\n\(log.suffix(2000))")
    }

    private func receive() throws -> [String: Any] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = Data(received[..<end])
                received.removeSubrange(...end)
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            var waiting = pollfd(fd: fromBrowser, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Self.patienceMilliseconds) > 0 else { throw gone }
            let count = read(fromBrowser, &buffer, buffer.count)
            guard count > 0 else { throw gone }
            received += buffer[..<count]
        }
    }

    private func note(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Runtime.exceptionThrown": seen.complaints.append("exception: \(parameters)")
        case "Runtime.consoleAPICalled": seen.complaints.append("console: \(parameters)")
        case "Log.entryAdded": seen.complaints.append("log: \(parameters)")
        case "Network.requestWillBeSent":
            if let url = (parameters["request"] as? [String: Any])?["url"] as? String { seen.requests.append(url) }
        default: break
        }
    }
}
