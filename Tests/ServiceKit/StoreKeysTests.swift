import Cryptography
import Foundation
import Storage
import Testing

@testable import ServiceKit

@Suite("The keys that a backup needs")
struct StoreKeysTests {
    private let directory = NSTemporaryDirectory() + "quality-keys-" + UUID().uuidString

    @Test("are those of the store, and no other: after a change of the wrapping key the earlier one is refused")
    func wrapping() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = directory + "/submission.db"
        let (earlier, now) = (try WrappingKey.generate(), try WrappingKey.generate())
        try earlier.save(path: store + ".wrap")
        try now.save(path: directory + "/new.wrap")
        func needed(named: String?, by identifier: [UInt8]?) throws -> [BackupManifest.Key] {
            try StoreKeys.needed(
                by: [:], wrappedBy: identifier, at: .file(store), key: nil, wrapping: named, withContents: true)
        }
        #expect(try needed(named: nil, by: nil).isEmpty)
        let error = #expect(throws: StartError.self) { try needed(named: nil, by: now.identifier) }
        #expect(error?.message.contains("submission.db.wrap: not the key") == true)
        let key = try #require(try needed(named: directory + "/new.wrap", by: now.identifier).first)
        #expect(key.setting == StoreKeys.wrapping && key.contents != nil)
        // Nor is another key taken for the one that was backed up.
        #expect(throws: StartError.self) { try StoreKeys.putBack(key, to: store + ".wrap") }
        try StoreKeys.putBack(key, to: directory + "/new.wrap")
        try StoreKeys.putBack(key, to: directory + "/third.wrap")
        #expect(try WrappingKey.load(path: directory + "/third.wrap") == now)
    }
}
