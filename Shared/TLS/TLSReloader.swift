internal import Synchronization

/// The files that a process shows and believes by.
public struct TLSFiles: Sendable, Hashable {
    public var certificate: String
    public var key: String
    public var authority: String
    /// `nil`: no revocations are checked.
    public var revocations: String?

    public init(certificate: String, key: String, authority: String, revocations: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
        self.revocations = revocations
    }

    /// Reads them. Throws `.configuration`, naming the file.
    public func configuration() throws(TLSError) -> TLSConfiguration {
        try TLSConfiguration(
            certificatePath: certificate, keyPath: key, authorityPath: authority, revocationsPath: revocations)
    }

    /// Changes whenever one of the files does.
    fileprivate var stamps: [FileStamp?] {
        ([certificate, key, authority] + (revocations.map { [$0] } ?? [])).map(FileStamp.init(path:))
    }
}

/// Keeps the contexts of a process, for both roles, in step with their files.
///
/// When one of the files has changed all are read anew. What cannot be used changes nothing: the process goes on with
/// what it has, and tries again each time. So a certificate and its key may be replaced one after the other, and a moment
/// without file descriptors costs no certificate.
public final class TLSReloader: Sendable {
    public let server: TLSContextSource
    public let client: TLSContextSource
    private let files: TLSFiles
    private let service: String?
    private let state: Mutex<State>

    /// Whose certificate this process shows, from its start to its end.
    public let identity: String

    private struct State {
        var stamps: [FileStamp?]
        var inForce: TLSConfiguration
        /// Why the files as they are now are not in force. They are tried again each time: it may have been this process
        /// that could not read them.
        var refusal: TLSError?
    }

    public enum OnCheck: Sendable, Hashable {
        /// The files say what they said.
        case unchanged
        /// New connections use the new files. With `isTrustChanged` (other authorities or revocations) the peers of open
        /// ones are judged by them, too.
        case reloaded(isTrustChanged: Bool)
        /// Told once for each change: the old ones stay in force.
        case refused(TLSError)
    }

    /// Reads the files for the first time; throws when they cannot be used.
    ///
    /// - Parameters:
    ///   - service: the NAME that the certificate must have; `nil`: any.
    ///   - onPeer: hears, on a connection's loop, of each peer that was let in.
    public init(
        _ files: TLSFiles, service: String? = nil, onPeer: @escaping @Sendable (PeerCertificate) -> Void = { _ in }
    ) throws(TLSError) {
        self.files = files
        self.service = service
        let stamps = files.stamps
        let configuration = try files.configuration()
        identity = try Self.identity(of: configuration, service: service)
        server = TLSContextSource(try TLSContext(server: configuration), onPeer: onPeer)
        client = TLSContextSource(try TLSContext(client: configuration), onPeer: onPeer)
        state = Mutex(State(stamps: stamps, inForce: configuration))
    }

    /// Until when what is in force holds.
    public var validity: [TLSValidity] { server.current.validity }

    /// Looks whether the files have changed, and which peers' certificates have ended. `isForced` reads the files
    /// whether they look changed or not.
    public func check(isForced: Bool = false, nowUnixSeconds: Int64) -> OnCheck {
        state.withLock { state in
            let stamps = files.stamps
            let isNew = isForced || stamps != state.stamps
            guard isNew || state.refusal != nil else {
                reviewPeers(nowUnixSeconds)
                return .unchanged
            }
            // Taken before reading: what changes while it is read is read once more.
            state.stamps = stamps
            do throws(TLSError) {
                let configuration = try files.configuration()
                guard configuration.text != state.inForce.text else {
                    state.refusal = nil
                    reviewPeers(nowUnixSeconds)
                    return .unchanged
                }
                try checkIdentity(of: configuration)
                let serverContext = try TLSContext(server: configuration)
                let clientContext = try TLSContext(client: configuration)
                let isTrustChanged = configuration.trustText != state.inForce.trustText
                state.inForce = configuration
                state.refusal = nil
                server.replace(with: serverContext, isTrustChanged: isTrustChanged, nowUnixSeconds: nowUnixSeconds)
                client.replace(with: clientContext, isTrustChanged: isTrustChanged, nowUnixSeconds: nowUnixSeconds)
                return .reloaded(isTrustChanged: isTrustChanged)
            } catch {
                reviewPeers(nowUnixSeconds)
                let isTold = !isNew && state.refusal == error
                state.refusal = error
                return isTold ? .unchanged : .refused(error)
            }
        }
    }

    /// Whoever has no trust domain can neither be believed nor believe anybody, and a process that is no service is
    /// called by nobody. One that shows another service's certificate is not who its peers dial: each of them would refuse
    /// it, and a gateway so started shuts everybody out.
    private static func identity(
        of configuration: TLSConfiguration, service: String?
    ) throws(TLSError) -> String {
        let own = try configuration.ownCertificate()
        let file = configuration.origin.certificate
        guard let domain = own.trustDomain, let uri = own.uri, uri.hasPrefix("spiffe://\(domain)/service/") else {
            throw TLSError(
                .configuration,
                "\(file): names no spiffe://DOMAIN/service/NAME (it is for \(own)); issue one with that as its only URI "
                    + "(`qmctl pki issue --service \(service ?? "NAME")`)")
        }
        guard let service, uri != "spiffe://\(domain)/service/\(service)" else { return uri }
        throw TLSError(
            .configuration,
            "\(file): is the certificate of \(uri), and this program is spiffe://\(domain)/service/\(service): give it its "
                + "own (`qmctl pki issue --service \(service)`), or set tls.service if it goes by another name")
    }

    /// A renewed certificate is of the same identity. Another one in its place is a mistake, or another program.
    private func checkIdentity(of configuration: TLSConfiguration) throws(TLSError) {
        let next = try Self.identity(of: configuration, service: service)
        guard next != identity else { return }
        throw TLSError(
            .configuration,
            "\(configuration.origin.certificate): is the certificate of \(next), and this process began as \(identity): "
                + "renew that one (`qmctl pki renew`), or start the program anew")
    }

    private func reviewPeers(_ nowUnixSeconds: Int64) {
        server.reviewPeers(nowUnixSeconds: nowUnixSeconds)
        client.reviewPeers(nowUnixSeconds: nowUnixSeconds)
    }
}

extension TLSConfiguration {
    fileprivate var text: [String?] { [certificatePEM, keyPEM] + trustText }
    fileprivate var trustText: [String?] { [authorityPEM, revocationsPEM] }
}
