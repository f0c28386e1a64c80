internal import ArgumentParser
internal import Foundation
internal import Messages
internal import RPC
internal import Transport

/// Where the gateway is and who is calling.
struct GatewayOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The gateway's address, or several with commas; else $QM_GATEWAY.", valueName: "host:port"))
    var gateway: String?

    @Option(
        help: ArgumentHelp(
            "A directory with cert.pem, key.pem and ca.pem: who calls, and whom to trust; else $QM_IDENTITY.",
            valueName: "dir"))
    var identity: String?

    @Option(
        help: ArgumentHelp(
            "Give a call up after so many seconds; else $QM_TIMEOUT, else 30.", valueName: "seconds"))
    var timeout: Int?

    func validate() throws {
        guard let timeoutSeconds, (1...3600).contains(timeoutSeconds) else {
            throw ValidationError("\(timeout == nil ? "QM_TIMEOUT" : "--timeout"): 1 to 3600 seconds")
        }
    }

    /// `nil` when the environment has something else than a number.
    private var timeoutSeconds: Int? {
        if let timeout { return timeout }
        guard let text = ProcessInfo.processInfo.environment["QM_TIMEOUT"] else { return 30 }
        return Int(text)
    }

    /// For every call of the command.
    var callOptions: CallOptions { CallOptions(timeout: .seconds(timeoutSeconds ?? 30)) }

    /// The gateways' addresses, from the option or the environment.
    func gateways() throws(CommandFailure) -> [EndpointSource] {
        guard let addresses = gateway ?? ProcessInfo.processInfo.environment["QM_GATEWAY"] else {
            throw CommandFailure(
                .input, "no gateway: give --gateway HOST:PORT or set QM_GATEWAY, e.g. QM_GATEWAY=127.0.0.1:7100")
        }
        guard let sources = EndpointSource.list(addresses) else {
            throw CommandFailure(
                .input, "--gateway \(addresses): HOST:PORT is due here, or several with commas, e.g. 127.0.0.1:7100")
        }
        return sources
    }

    /// The identity's directory, from the option or the environment.
    func identityDirectory() throws(CommandFailure) -> String {
        guard let directory = identity ?? ProcessInfo.processInfo.environment["QM_IDENTITY"] else {
            throw CommandFailure(
                .input,
                "no identity: give --identity DIR or set QM_IDENTITY; DIR holds cert.pem, key.pem and ca.pem "
                    + "(`qmctl pki issue --help` says how to make one)")
        }
        return directory
    }
}
