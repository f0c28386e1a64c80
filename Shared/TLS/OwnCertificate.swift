extension TLSConfiguration {
    /// What our own certificate says. Throws `.configuration` when the text holds none.
    public func ownCertificate() throws(TLSError) -> PeerCertificate {
        let chain = try PEM.certificates(certificatePEM, origin: origin.certificate)
        // The handles own what is read here, and nothing else refers to them.
        return withExtendedLifetime(chain) { PeerCertificate(chain[0].pointer) }
    }
}
