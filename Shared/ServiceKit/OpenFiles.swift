internal import Glibc
internal import Logging
internal import Synchronization
public import Transport

/// The system's limit of open files (RLIMIT_NOFILE), and how this process divides it.
enum OpenFiles {
    /// More than that no program of this suite can use, and some systems have no limit at all.
    private static let mostUseful: rlim_t = 1 << 20

    /// Raises the soft limit to the hard one, which every process may. Answers with the limit that holds then.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, mostUseful)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Descriptors that are open now.
    static var count: Int {
        guard let directory = opendir("/proc/self/fd") else { return 32 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // ".", ".." and the directory itself.
        return max(0, count - 3)
    }
}

/// What of the open files that a process may have is for what. Found once, when it begins to listen: by then its store,
/// its event loops and its certificates are open.
struct DescriptorPlan: Equatable {
    /// Kept for files that come and go: the store's readers, certificates that are read anew, name look-ups, the admin
    /// port, and libdispatch, which ends a process that cannot open a file.
    static let reserve = 96
    /// Kept for connections to others, so that callers cannot take them all.
    static let dials = 64
    /// Kept for those that are accepted only to be closed, or whose place another needs: as many as are accepted in one go.
    static let burst = ListenerConfiguration.burst
    /// Kept for peers that are about to show whether somebody gives way to them, and for those that do.
    static let newcomers = ListenerConfiguration.usualNewcomersAtTheBound

    /// Connections that are accepted at most.
    let connections: Int
    /// Of those beyond, how many may be in their handshake.
    let newcomers: Int
    /// Accepted sockets at most, also those that take their leave; ``burst`` comes on top. What dials need is none of it.
    let acceptedSockets: Int
    /// Sockets that may be open at once, dialled ones among them.
    let sockets: Int
    /// Connections of the admin port at most: the greater part of what is kept, and nothing of what callers need.
    let adminConnections: Int
    /// What was wished for and cannot be had; `nil` when all can.
    let shortage: Shortage?

    struct Shortage: Equatable {
        var wantedConnections: Int
        /// What the system would have to allow for that.
        var neededFiles: Int
        var limit: Int
    }

    /// - Parameters:
    ///   - limit: open files that the system allows.
    ///   - open: how many are open already, without sockets that `sockets` counts.
    ///   - wantedConnections: `limits.connections`.
    init(limit: Int, open: Int, wantedConnections: Int) {
        let free = max(0, limit - open)
        // With little, half is for what keeps the process alive.
        let reserve = min(Self.reserve, free / 2)
        sockets = max(2 * Self.burst, free - reserve)
        adminConnections = max(1, reserve * 2 / 3)
        let dials = min(Self.dials, sockets / 4)
        newcomers = min(Self.newcomers, sockets / 8)
        acceptedSockets = sockets - dials - Self.burst
        connections = min(wantedConnections, acceptedSockets - newcomers)
        let needed = open + Self.reserve + Self.dials + Self.burst + Self.newcomers + wantedConnections
        shortage =
            connections < wantedConnections
            ? Shortage(wantedConnections: wantedConnections, neededFiles: needed, limit: limit) : nil
    }
}

extension ServiceProcess {
    /// Where to listen, with as many connections as the system has descriptors for. To be asked when the store is open,
    /// and before anything listens.
    public func listener() -> ListenerConfiguration {
        var listener = settings.listener
        let plan = DescriptorPlan(
            limit: openFileLimit, open: OpenFiles.count - descriptors.taken,
            wantedConnections: listener.maximumConnections)
        descriptors.setLimit(plan.sockets)
        adminConnections.withLock { $0 = plan.adminConnections }
        listener.descriptors = descriptors
        listener.maximumConnections = plan.connections
        listener.newcomersAtTheBound = plan.newcomers
        listener.maximumSockets = plan.acceptedSockets
        if let shortage = plan.shortage {
            logger.warning(
                "the limit of open files is too low for limits.connections",
                metadata: [
                    "limits.connections": "\(shortage.wantedConnections)", "needs": "\(shortage.neededFiles)",
                    "limit": "\(shortage.limit)", "connections": "\(plan.connections)",
                    "remedy": "raise the hard limit (ulimit -Hn, LimitNOFILE=) or lower limits.connections",
                ])
        }
        return listener
    }
}
