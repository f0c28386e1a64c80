internal import Journal
internal import Messages
internal import RPC
internal import Storage

extension StoreRenewal.Beginning {
    /// The entry that begins the epoch: quality.type.v1.EpochBegun.
    func body(reason: String, receiptHolders: [String]) throws -> [UInt8] {
        try TypeV1.EpochBegun(
            earlierEpoch: earlierEpoch.bytes, earlierSize: earlierSize, stateUnixUs: stateUnixMicroseconds,
            lastKnownCheckpoint: lastKnown.map { "\($0)" } ?? "", reason: reason, receiptHolders: receiptHolders
        ).encodedBytes()
    }
}
