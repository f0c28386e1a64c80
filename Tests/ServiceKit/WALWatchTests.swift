import Testing

@testable import ServiceKit

@Suite("A store's WAL is told of") struct WALWatchTests {
    private var rule = WALWatch.Rule()

    @Test("once when it is large, again each time that it has doubled, and when it is small again")
    mutating func told() {
        #expect(rule.looked(bytes: 255 << 20) == .nothing)
        #expect(rule.looked(bytes: 256 << 20) == .isLarge)
        #expect(rule.looked(bytes: 300 << 20) == .nothing)
        #expect(rule.looked(bytes: 1100 << 20) == .isLarge)
        #expect(rule.looked(bytes: 1200 << 20) == .nothing)
        #expect(rule.looked(bytes: 200 << 20) == .nothing)
        #expect(rule.looked(bytes: 4 << 20) == .isSmallAgain)
        #expect(rule.looked(bytes: 4 << 20) == .nothing)
        #expect(rule.looked(bytes: 256 << 20) == .isLarge)
    }
}
