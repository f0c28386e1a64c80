import Cryptography
import Testing

@Suite("Revocation lists")
struct RevocationListTests {
    @Test("text that is no list is refused")
    func notAList() {
        #expect(throws: CryptographyError.self) { try RevocationList(pem: "hello") }
    }

    @Test("serial numbers are compared without leading zeros")
    func serials() {
        let entry = RevocationList.Entry(serial: [0, 0, 7, 0], revokedUnixSeconds: 1)
        #expect(entry == RevocationList.Entry(serial: [7, 0], revokedUnixSeconds: 1))
    }
}
