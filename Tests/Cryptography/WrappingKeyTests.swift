import Cryptography
import Foundation
import Testing

@Suite("A key that wraps others")
struct WrappingKeyTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).wrap").path

    @Test("opens what it wrapped for the same owner, and nothing else")
    func owners() throws {
        let key = try WrappingKey.generate()
        let wrapped = try key.wrap([1, 2, 3], of: "henan")
        #expect(try key.unwrap(wrapped, of: "henan") == [1, 2, 3])
        #expect(throws: CryptographyError.self) { try key.unwrap(wrapped, of: "fujian") }
        #expect(throws: CryptographyError.self) { try WrappingKey.generate().unwrap(wrapped, of: "henan") }
    }

    @Test("lies in a file of its owner's, and is the same when it is read; openssl may have made it")
    func file() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let key = try WrappingKey.generate()
        try key.save(path: path)
        #expect(try WrappingKey.load(path: path) == key)
        #expect(try WrappingKey.load(path: path).identifier == key.identifier)
        #expect { try WrappingKey.generate().save(path: path) } throws: {
            ($0 as? CryptographyError)?.code == .fileExists && "\($0)".contains(path)
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.utf8.count == 65 && !"\(key)".contains(text.dropLast()))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory()).allSatisfy { name in
                !name.hasPrefix((path as NSString).lastPathComponent + ".")
            })
    }

    @Test("a file that others may read, or that holds no key, is refused with its path")
    func refusals() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try WrappingKey.generate().save(path: path)
        chmod(path, 0o640)
        #expect { try WrappingKey.load(path: path) } throws: {
            "\($0)".contains("chmod 0600") && "\($0)".contains(path)
        }
        for text in ["", "00", String(repeating: "x", count: 64), String(repeating: "00", count: 33)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o600)
            #expect { try WrappingKey.load(path: path) } throws: {
                ($0 as? CryptographyError)?.code == .malformedKey && "\($0)".contains(path)
            }
        }
    }
}
