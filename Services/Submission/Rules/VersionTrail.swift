/// Where a report's versions stand in the log, so that every one can be found from the latest in few steps, while nothing
/// that was written is written again.
///
/// A version's trail names the version itself and those whose numbers are left when the lowest ones of its binary digits
/// are taken away one by one; each version knows the trail of the one before it:
///
///     version   trail          knows
///     1         1              -
///     2         2              1
///     3         3 2            2
///     4         4              3 2
///     11        11 10 8        10 8
///     12        12 8           11 10 8
///
/// So 9 is found from 12 by way of its trail (8 is before it, 12 the nearest), then of what 12 knows (10), then of what 10
/// knows (9). A trail has at most 63 places, and a search at most as many steps.
public struct VersionTrail: Sendable, Hashable {
    /// The version that it ends with, from 1.
    public let version: UInt64
    /// Of the versions that it names, from the latest on.
    private let indexes: [UInt64]

    /// A first version's, at this place of the log.
    public init(firstAt index: UInt64) {
        version = 1
        indexes = [index]
    }

    private init(version: UInt64, indexes: [UInt64]) {
        self.version = version
        self.indexes = indexes
    }

    /// The next version's, at this place of the log.
    public func followed(by index: UInt64) -> VersionTrail {
        // To count on takes as many ones away as the new number has zeros at its end.
        let next = version + 1
        return VersionTrail(version: next, indexes: [index] + indexes.dropFirst(next.trailingZeroBitCount))
    }

    /// Where ``version`` stands in the log.
    public var index: UInt64 { indexes[0] }

    /// The version nearest to a wanted one among those that are named and not before it, and its place in the log.
    /// `wanted` is from 1 to ``version``.
    public func nearest(to wanted: UInt64) -> (version: UInt64, index: UInt64) {
        assert(wanted >= 1 && wanted <= version, "version \(wanted) is on no trail of \(version)")
        var nearest = (version: version, index: indexes[0])
        for index in indexes.dropFirst() {
            let before = nearest.version & (nearest.version - 1)
            if before < wanted { break }
            nearest = (before, index)
        }
        return nearest
    }

    /// The places, big-endian, eight bytes each.
    public var bytes: [UInt8] {
        indexes.flatMap { index in withUnsafeBytes(of: index.bigEndian) { Array($0) } }
    }

    /// Reads back what ``bytes`` wrote; `nil` for anything else.
    public init?(version: UInt64, bytes: [UInt8]) {
        guard version > 0, bytes.count == 8 * version.nonzeroBitCount else { return nil }
        self.version = version
        indexes = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
