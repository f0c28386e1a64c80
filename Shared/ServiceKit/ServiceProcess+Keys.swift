public import Cryptography
internal import Glibc
internal import Logging
internal import Storage

// The keys that belong to a store and lie in files beside it.

/// A key in a file of its own.
private protocol FiledKey {
    static func load(path: String) throws(CryptographyError) -> Self
    static func generate() throws(CryptographyError) -> Self
    func save(path: String) throws(CryptographyError)
}

extension SigningKey: FiledKey {}
extension WrappingKey: FiledKey {}

extension ServiceProcess {
    /// The key that signs the log, and with it receipts: `store.signingKey`, by default the store's path with ".key" after
    /// it. To be asked for before the store is opened: it is made together with a new store. When the store is there and
    /// the key is not, that is an error, since receipts would be signed with a key that nobody knows.
    public func signingKey() throws -> SigningKey {
        let place = try configuration.storePlace()
        let path = try signingKeyPath(place)
        if try isKeyWithoutStore(path, place) {
            logger.warning(
                """
                a new store is made beside a key that was there: if it had a store, stop and put that back from its backup
                """, metadata: ["key": "\(path)", "store": "\(place)"])
        }
        return try key(.signingKey, path, place, "a key that signs the journal was made; keep a backup of it")
    }

    /// The key that other keys in the store are sealed with: `store.wrappingKey`, by default the store's path with ".wrap"
    /// after it, or with `store.url` the signing key's. It is made as ``signingKey()`` is.
    public func wrappingKey() throws -> WrappingKey {
        let place = try configuration.storePlace()
        let path =
            try configuration.text(.wrappingKey) ?? place.besidePath(".wrap", key: try signingKeyPath(place))
        return try key(
            .wrappingKey, path ?? "", place,
            "a key that wraps the keys of personal data was made; keep a backup of it, apart from the store's")
    }

    /// The key in the file at `path`, which is to wrap keys from now on; made if it is not there.
    public func newWrappingKey(path: String) throws -> WrappingKey {
        if access(path, F_OK) == 0 { return try WrappingKey.load(path: path) }
        return try make(path, "--to", "a key that wraps the keys of personal data was made; keep a backup of it")
    }

    /// Whether the service has its store already.
    public func isStoreThere() throws -> Bool { try isStoreThere(at: configuration.storePlace()) }

    private func isStoreThere(at place: StorePlace) throws -> Bool {
        try Store.isThere(storeOptions(at: place, migrations: []))
    }

    private func signingKeyPath(_ place: StorePlace) throws -> String {
        let named = try configuration.text(.signingKey)
        switch place {
        case .file(let file): return named ?? file + ".key"
        case .database:
            guard let named else {
                throw StartError(
                    .configuration,
                    "store.signingKey: with store.url it must name the file of the key that signs the journal, the same key "
                        + "for all copies of \(name)")
            }
            return named
        }
    }

    /// Of a database another copy may have made the key for a store that is not there yet.
    private func isKeyWithoutStore(_ path: String, _ place: StorePlace) throws -> Bool {
        guard case .file = place, access(path, F_OK) == 0 else { return false }
        return try !isStoreThere(at: place)
    }

    private func key<Key: FiledKey>(
        _ setting: ConfigurationKey, _ path: String, _ place: StorePlace, _ notice: String
    ) throws -> Key {
        if access(path, F_OK) == 0 { return try Key.load(path: path) }
        // Looked at before a key is made, which would be left behind by a store that cannot be opened.
        guard try isStoreThere(at: place) else { return try make(path, setting.name, notice) }
        // Another copy may have made both meanwhile, the key first.
        guard access(path, F_OK) == 0 else {
            throw StartError(
                .configuration,
                "\(setting.name): \(path) is not there, though the store \(place) is: put the key back from its backup")
        }
        return try Key.load(path: path)
    }

    private func make<Key: FiledKey>(_ path: String, _ setting: String, _ notice: String) throws -> Key {
        let key = try Key.generate()
        do throws(CryptographyError) {
            try key.save(path: path)
        } catch {
            // Another copy was first: the key is the same for all.
            if error.code == .fileExists { return try Key.load(path: path) }
            throw StartError(.environment, "\(setting): \(error.message)")
        }
        logger.notice("\(notice)", metadata: ["path": "\(path)"])
        return key
    }
}
