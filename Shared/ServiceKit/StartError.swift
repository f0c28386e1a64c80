internal import Cryptography
internal import Storage
internal import TLS
internal import Transport

/// Why a program cannot start or go on: one line for the operator, who is told the thing, the place and the remedy.
public struct StartError: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// What the program was told to do is wrong: flags, environment, files named there.
        case configuration
        /// The machine does not let it: a port in use, a store that is open already.
        case environment
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// What the exit code says: 2 for ``Kind/configuration``, 1 for anything else.
    public var exitCode: Int32 {
        switch kind {
        case .configuration: 2
        case .environment: 1
        }
    }

    /// Any error as the operator is to read it.
    public init(wrapping error: any Error) {
        switch error {
        case let error as StartError: self = error
        case let error as StorageError: self.init(.environment, error.description)
        case let error as TLSError: self.init(.configuration, "tls: \(error.message)")
        case let error as CryptographyError: self.init(.configuration, error.message)
        default: self.init(.environment, ErrorWords.of(error))
        }
    }
}

extension StartError: CustomStringConvertible {
    public var description: String { message }
}
