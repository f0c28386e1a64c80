internal import Glibc
internal import NIOCore
internal import Transport

// Ports that cannot be had: one line that says which, why, and what to do.

extension ServiceProcess {
    /// Begins to listen on the port for calls.
    func bind(_ start: () async throws -> Endpoint) async throws -> Endpoint {
        try await withPort(
            "listen: \(settings.listenHost):\(settings.listenPort)", "--listen-port", "--listen-host", start)
    }

    /// Words what `body` throws when it cannot have the port. `place`: what was to listen and where; `port`, `host`: what
    /// sets them.
    func withPort<Result>(
        _ place: String, _ port: String, _ host: String, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as IOError {
            throw portError(error, place, port, host)
        } catch let error as SocketAddressError.UnknownHost {
            throw StartError(.environment, "\(place): \(ErrorWords.of(error)): choose another (\(host))")
        }
    }

    private func portError(_ error: IOError, _ place: String, _ port: String, _ host: String) -> StartError {
        switch error.errnoCode {
        case EADDRINUSE:
            StartError(
                .environment,
                "\(place): the port is in use: stop the program that has it, or choose another (\(port))")
        case EADDRNOTAVAIL:
            StartError(.environment, "\(place): this machine has no such address: choose another (\(host))")
        case EACCES:
            StartError(.environment, "\(place): this user may not take the port: choose one above 1023 (\(port))")
        default:
            StartError(.environment, "\(place): \(ErrorWords.of(error))")
        }
    }
}
