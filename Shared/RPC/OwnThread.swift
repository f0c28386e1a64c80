internal import Glibc

/// Runs `body` on a thread made for it, which `ps -L`, `top -H` and `perf` show under `name` (15 bytes at most). Where no
/// thread can be had the process ends: what asks for one cannot do without.
///
/// The thread takes its signals as all do: one that tells of a fault of its own leaves a stack, one that tells the process
/// to stop is handed on to whoever waits for it.
package func startThread(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(name, body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }, start.toOpaque())
    precondition(code == 0, "no thread for \(name): \(code)")
    pthread_detach(thread)
}

private final class ThreadStart: Sendable {
    private let name: StaticString
    private let body: @Sendable () -> Void

    init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        // Else it would have the name of the thread that made it.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        if file >= 0 {
            _ = write(file, name.utf8Start, name.utf8CodeUnitCount)
            close(file)
        }
        body()
    }
}
