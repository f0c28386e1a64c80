public import Journal

/// What entries of a journal said that were heard, and may have been stored since: so that who keeps in memory what is
/// stored need not read all of it again when a little has come.
///
/// They are heard before they are stored, some more than once, and of those that another copy of the service has stored
/// only the rest. Pure.
public struct HeardEntries<News: Sendable>: Sendable {
    private struct Batch {
        var first: UInt64
        var end: UInt64
        var news: News
    }

    private var epoch: JournalEpoch?
    /// Each goes on where the one before it ends.
    private var batches: [Batch] = []
    /// What was stored when news were last asked for.
    private var known: LogCursor?
    /// All that was stored has been forgotten since, and the journal is followed from its start.
    private var isAnew = false

    public init() {}

    /// Entries of a journal, one after the other and at least one, are about to be stored.
    public mutating func heard(_ news: News, epoch: JournalEpoch, from first: UInt64, to end: UInt64) {
        if epoch != self.epoch { batches = [] }
        self.epoch = epoch
        // Nobody follows again what is stored, unless it is no longer.
        if let known, known.epoch == epoch, first < known.size { isAnew = true }
        // Those that are heard again take their own place.
        batches.removeAll { $0.end > first }
        if let last = batches.last, last.end != first { batches = [] }
        batches.append(Batch(first: first, end: end, news: news))
    }

    /// What leads from one place of the journal, where somebody is, to another that is stored. What is before that place is
    /// let go. `nil` when not all of it was heard, or the journal is another one: then read what is stored.
    public mutating func news(from place: LogCursor?, to stored: LogCursor) -> [News]? {
        let ended = batches.prefix { $0.end <= stored.size }
        let isSame = epoch == stored.epoch
        if isSame { batches.removeFirst(ended.count) }
        defer { (known, isAnew) = (stored, false) }
        guard !isAnew, let place, place.epoch == stored.epoch else { return nil }
        if place.size == stored.size { return [] }
        guard isSame, ended.last?.end == stored.size, let first = ended.firstIndex(where: { $0.first == place.size })
        else { return nil }
        return ended[first...].map(\.news)
    }
}
