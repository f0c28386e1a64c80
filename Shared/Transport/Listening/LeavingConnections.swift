/// The connections that take their leave: their places are others' already, and their descriptors are not closed yet. They
/// may stay for as long as there are descriptors for it, so that their peers hear why; when those are scarce the one
/// that has taken leave for longest is cut.
///
///     (counted elsewhere) ──began──▶ waits ──cutOldest──▶ cut
///                                      └─────closed─────────┴──▶ (gone)
///
/// Invalid, and without effect: to begin twice, and the end of what has not begun.
struct LeavingConnections: Equatable {
    private var ids: Set<UInt64> = []
    /// Those that are not cut, in the order in which they began, among others that are over.
    private var queue: [UInt64] = []
    private var waiting: Set<UInt64> = []

    /// With those that are cut and not closed yet.
    var count: Int { ids.count }

    mutating func began(_ id: UInt64) {
        guard ids.insert(id).inserted else { return }
        waiting.insert(id)
        queue.append(id)
        // Those that are over are swept out together: each is looked at a few times in all.
        if queue.count > 2 * waiting.count + 16 { queue.removeAll { !waiting.contains($0) } }
    }

    mutating func closed(_ id: UInt64) {
        ids.remove(id)
        waiting.remove(id)
    }

    /// The one that is to be closed at once, if one is left.
    mutating func cutOldest() -> UInt64? {
        guard let index = queue.firstIndex(where: waiting.contains) else {
            queue = []
            return nil
        }
        let id = queue[index]
        queue.removeSubrange(...index)
        waiting.remove(id)
        return id
    }
}
