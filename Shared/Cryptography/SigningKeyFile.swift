extension SigningKey {
    private static func file(_ path: String) -> KeyFile { KeyFile(what: "signing key", path: path) }

    /// Reads the PEM file at `path`. `.file` when it cannot be read, `.malformedKey` when it holds something else.
    public static func load(path: String) throws(CryptographyError) -> SigningKey {
        let text = try file(path).load()
        do throws(CryptographyError) {
            return try SigningKey(pem: text)
        } catch {
            throw CryptographyError(error.code, "signing key \(path): \(error.message)")
        }
    }

    /// Writes a new PEM file at `path` that only its owner may read, and syncs it: a receipt signed with a key that a
    /// crash then takes away could never be verified. `.fileExists`, or `.file` when it cannot be written.
    public func save(path: String) throws(CryptographyError) {
        try Self.file(path).save(pem)
    }
}
