import SubmissionRules
import Testing

@Suite("The trail of a report's versions")
struct VersionTrailTests {
    /// A report of so many versions: what each knows of the ones before it, and the trail of the last. Version v stands at
    /// 100 + 3 v in the log.
    private static func report(of count: UInt64) -> (known: [VersionTrail?], trail: VersionTrail) {
        var trail = VersionTrail(firstAt: 103)
        var known: [VersionTrail?] = [nil]
        for version in 2..<count + 1 {
            known.append(trail)
            trail = trail.followed(by: 100 + 3 * version)
        }
        return (known, trail)
    }

    @Test("every version is found from every later one, in as many steps as the number has digits")
    func everyVersion() throws {
        for count in UInt64(1)...130 {
            let (known, last) = Self.report(of: count)
            #expect(last.version == count)
            for wanted in 1...count {
                var nearest = last.nearest(to: wanted)
                var steps = 0
                while nearest.version > wanted {
                    nearest = try #require(known[Int(nearest.version) - 1]).nearest(to: wanted)
                    steps += 1
                }
                #expect(nearest == (wanted, 100 + 3 * wanted))
                #expect(steps <= 64 - count.leadingZeroBitCount)
            }
        }
    }

    @Test("its bytes are read back, and no others")
    func bytes() {
        let trail = Self.report(of: 11).trail
        #expect(trail.bytes.count == 24)
        #expect(VersionTrail(version: 11, bytes: trail.bytes) == trail)
        #expect(VersionTrail(version: 12, bytes: trail.bytes) == nil)
        #expect(VersionTrail(version: 11, bytes: trail.bytes.dropLast()) == nil)
        #expect(VersionTrail(version: 0, bytes: []) == nil)
    }
}

extension VersionTrail {
    fileprivate init?(version: UInt64, bytes: ArraySlice<UInt8>) { self.init(version: version, bytes: Array(bytes)) }
}
