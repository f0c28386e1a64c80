internal import Cryptography
internal import RPC
internal import Reporting
internal import Serving
internal import Storage
internal import SubmissionRules
internal import SubmissionStorage
internal import Synchronization
internal import Wire

/// The keys of units' personal values, and what is done with them.
final class PersonalVault: Sendable {
    /// Units whose keys are held in memory; beyond that all are let go, and read again when they are needed.
    private static let limit = 10_000

    private let store: Store
    private let wrappingKey: WrappingKey
    private let faults: ServiceFaults
    private let keys = Mutex<[String: PersonalKey]>([:])

    init(_ store: Store, _ wrappingKey: WrappingKey, _ faults: ServiceFaults) {
        self.store = store
        self.wrappingKey = wrappingKey
        self.faults = faults
    }

    /// The unit's key, if it was asked for before.
    func knownKey(of unit: String) -> PersonalKey? {
        keys.withLock { $0[unit] }
    }

    /// The unit's key; it gets one when it has none.
    func key(of unit: String) async throws(RPCError) -> PersonalKey {
        do {
            var key = try await store.read { [wrappingKey] in try $0.personalKey(of: unit, wrappingKey) }
            if key == nil {
                let fresh = try PersonalKey.generate()
                key = try await store.commit(KeepingPersonalKey(of: unit, orElse: fresh, wrappingKey)).value
            }
            guard let key else { throw RPCError(.internal, "no key for personal data") }
            keys.withLock { keys in
                if keys.count >= Self.limit { keys.removeAll() }
                keys[unit] = key
            }
            return key
        } catch {
            throw faults.status(of: error, doing: "personal data")
        }
    }

    /// Seals values so that they open only as those of this very report. `nil` if there are none.
    static func seal(
        _ values: [PersonalValue], of name: ReportName, _ key: PersonalKey
    ) throws(RPCError) -> [UInt8]? {
        guard !values.isEmpty else { return nil }
        do {
            return try key.sealingKey.seal(PersonalValue.encode(values), additionalData: additionalData(name))
        } catch {
            throw RPCError(wrapping: error)
        }
    }

    /// The values of a stored version; none when the unit's key was destroyed.
    func open(_ sealed: [UInt8], of name: ReportName) async throws(RPCError) -> [PersonalValue] {
        do {
            let stored = try await store.read { [wrappingKey] in try $0.personalKey(of: name.unit, wrappingKey) }
            guard let key = stored else { return [] }
            let bytes = try key.sealingKey.open(sealed, additionalData: Self.additionalData(name))
            guard let values = PersonalValue.decode(bytes) else {
                throw RPCError(.dataLoss, "the personal values of \(name) are damaged")
            }
            return values
        } catch let error as CryptographyError where error.code == .notAuthentic {
            throw RPCError(.dataLoss, "the personal values of \(name) are damaged")
        } catch {
            throw faults.status(of: error, doing: "personal data")
        }
    }

    private static func additionalData(_ name: ReportName) -> [UInt8] {
        Array("personal\0\(name.campaign)\0\(name.form)\0\(name.unit)".utf8)
    }
}
