import TLS
import TestSupport
import Testing

@Suite("TLS configuration")
struct ConfigurationTests {
    let authority = TestAuthority()

    func message(_ configuration: TLSConfiguration) -> String? {
        do throws(TLSError) {
            _ = try TLSContext(server: configuration)
            return nil
        } catch {
            #expect(error.code == .configuration)
            return error.message
        }
    }

    @Test("text that is no certificate, key or authority is refused by name")
    func notPEM() {
        let good = authority.configuration(authority.issue(service: "gateway"))
        #expect(message(good) == nil)
        var bad = good
        bad.certificatePEM = "hello"
        #expect(message(bad)?.hasPrefix("the certificate: not a certificate in PEM form") == true)
        bad = good
        bad.keyPEM = good.certificatePEM
        #expect(message(bad)?.hasPrefix("the private key: not a private key in PEM form") == true)
        bad = good
        bad.authorityPEM = ""
        #expect(message(bad)?.hasPrefix("the authority's certificate: not a certificate in PEM form") == true)
    }

    @Test("a bundle with a damaged certificate at its end is refused, not cut short")
    func damagedBundle() {
        var configuration = authority.configuration(authority.issue(service: "gateway"))
        configuration.authorityPEM += TestAuthority(name: "second").pem.replacing("MII", with: "M!I")
        #expect(message(configuration) != nil)
    }

    @Test("a key of another certificate is refused")
    func otherKey() {
        var configuration = authority.configuration(authority.issue(service: "gateway"))
        configuration.keyPEM = authority.issue(service: "gateway").key
        #expect(message(configuration)?.hasPrefix("the private key: does not belong to the certificate") == true)
    }

    @Test("a certificate that is no authority's is refused as authority")
    func noAuthority() {
        var configuration = authority.configuration(authority.issue(service: "gateway"))
        configuration.authorityPEM = configuration.certificatePEM
        #expect(message(configuration)?.contains("no authority's") == true)
    }

    @Test("a file that cannot be read is named, with what to do")
    func missingFile() {
        #expect {
            try TLSConfiguration(
                certificatePath: "/nonexistent/cert.pem", keyPath: "/nonexistent/key.pem",
                authorityPath: "/nonexistent/ca.pem")
        } throws: { error in
            (error as? TLSError)?.code == .configuration
                && "\(error)"
                    == "/nonexistent/cert.pem: No such file or directory; `qmctl pki issue` makes certificates, keys and ca.pem"
        }
    }

    @Test("an application protocol has 1 to 255 bytes", arguments: [0, 256])
    func protocolLength(count: Int) {
        let identity = authority.issue(service: "gateway")
        let configuration = authority.configuration(
            identity, applicationProtocol: String(repeating: "x", count: count))
        #expect(message(configuration) != nil)
    }
}
