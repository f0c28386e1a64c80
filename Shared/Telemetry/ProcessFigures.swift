internal import Glibc

/// What the system says about this process.
public struct ProcessFigures: Sendable, Equatable {
    public var cpuSeconds: Double
    public var residentBytes: UInt64
    public var openDescriptors: Int
    public var maximumDescriptors: UInt64
    public var threads: Int
    /// Seconds since 1970.
    public var startedAtSeconds: Double

    public init(
        cpuSeconds: Double, residentBytes: UInt64, openDescriptors: Int, maximumDescriptors: UInt64, threads: Int,
        startedAtSeconds: Double
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.openDescriptors = openDescriptors
        self.maximumDescriptors = maximumDescriptors
        self.threads = threads
        self.startedAtSeconds = startedAtSeconds
    }

    /// Reads /proc/self; what cannot be read is 0.
    public static func now() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // What follows the command's name, which stands in parentheses and may hold anything.
        let stat = contents(of: "/proc/self/stat")
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        func field(_ number: Int) -> UInt64 { fields.count > number ? UInt64(fields[number]) ?? 0 : 0 }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ProcessFigures(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            // Numbers of proc(5), less the two before the parenthesis' end, which stands at 0.
            residentBytes: field(22) * UInt64(sysconf(Int32(_SC_PAGESIZE))), openDescriptors: descriptors(),
            maximumDescriptors: UInt64(limit.rlim_cur), threads: Int(field(18)),
            startedAtSeconds: bootedAtSeconds() + Double(field(20)) / max(ticks, 1))
    }

    /// ``residentBytes`` alone, for less; 0 when it cannot be read.
    public static func residentBytesNow() -> UInt64 {
        let pages = contents(of: "/proc/self/statm").split(separator: " ").dropFirst().first
        return pages.flatMap { UInt64($0) }.map { $0 * UInt64(sysconf(Int32(_SC_PAGESIZE))) } ?? 0
    }

    private static func bootedAtSeconds() -> Double {
        let line = contents(of: "/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) } ?? 0
    }

    private static func contents(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func descriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // ".", ".." and the descriptor that this took.
        return max(0, count - 3)
    }

    public var families: [MetricFamily] {
        let gauges: [(String, MetricFamily.Kind, Double)] = [
            ("process_cpu_seconds_total", .counter, cpuSeconds),
            ("process_resident_memory_bytes", .gauge, Double(residentBytes)),
            ("process_open_fds", .gauge, Double(openDescriptors)),
            ("process_max_fds", .gauge, Double(maximumDescriptors)),
            ("process_threads", .gauge, Double(threads)),
            ("process_start_time_seconds", .gauge, startedAtSeconds),
        ]
        return gauges.map { MetricFamily($0, MetricCatalog.help(of: $0), $1, [.init([], .number($2))]) }
    }
}

extension MetricFamily {
    /// What program this is, and how many of its event loops do not answer.
    public static func program(_ name: String, version: String, unresponsiveLoops: Int) -> [MetricFamily] {
        [
            ("event_loops_unresponsive", [], Double(unresponsiveLoops)),
            ("quality_month_build_info", [.init("version", version), .init("program", name)], 1),
        ].map { MetricFamily($0, MetricCatalog.help(of: $0), .gauge, [.init($1, .number($2))]) }
    }
}
