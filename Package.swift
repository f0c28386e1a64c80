// swift-tools-version: 6.2

import PackageDescription

// The arrows of the project: a target may import only what it names here, and the build is run with
// `--explicit-target-dependency-import-check error`. Wire, RPC, Journal, Reporting and every `...Rules` import no NIO, no
// C, no storage and no clock; Journal knows no word of the domain; Storage knows neither that nor RPC; the gateway knows
// no message.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // Every frame passes small functions of Wire, RPC and Transport: inlined across modules they cost a twentieth less.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func library(
    _ name: String, path: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func executable(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: path ?? "Tests/\(name)", exclude: exclude,
        swiftSettings: strict)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
// The serializer of swift-certificates: a certificate becomes PEM text through it.
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")

/// A service is four targets: rules (pure), storage, server (its RPC surface) and a main that only wires.
func service(
    _ name: String, rules: [Target.Dependency] = [], storage: [Target.Dependency] = [],
    server: [Target.Dependency] = [], tests testDependencies: [Target.Dependency] = []
) -> [Target] {
    let rulesName = "\(name)Rules", storageName = "\(name)Storage", serverName = "\(name)Server"
    return [
        library(rulesName, path: "Services/\(name)/Rules", ["Journal", "Reporting"] + rules),
        library(
            storageName, path: "Services/\(name)/Storage",
            [
                .target(name: rulesName), "Journal", "Reporting", "ReportingMessages", "Storage", "Messages",
                "Cryptography",
            ]
                + storage),
        library(
            serverName, path: "Services/\(name)/Server",
            [
                .target(name: rulesName), .target(name: storageName), "Journal", "Reporting", "ReportingMessages",
                "Following",
                "Serving", "Storage", "Messages", "RPC", "Cryptography", "Wire", logging, metrics,
            ] + server),
        executable(
            "\(name)Main", path: "Services/\(name)/Main",
            [
                .target(name: serverName), .target(name: storageName), "ServiceKit", "Storage", "Following", "Serving",
                "RPC",
                "Messages", "Journal", "Reporting", "Cryptography", argumentParser, logging, lifecycle,
            ]),
        tests(
            name,
            [
                .target(name: rulesName), .target(name: storageName), .target(name: serverName), "Journal", "Reporting",
                "ReportingMessages", "Following", "Serving", "Storage", "Messages", "RPC", "Cryptography", "Wire",
                logging,
            ] + testDependencies),
    ]
}

let package = Package(
    name: "quality-month",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "qm-registry", targets: ["RegistryMain"]),
        .executable(name: "qm-submission", targets: ["SubmissionMain"]),
        .executable(name: "qm-statistics", targets: ["StatisticsMain"]),
        .executable(name: "qm-notification", targets: ["NotificationMain"]),
        .executable(name: "qm-gateway", targets: ["GatewayMain"]),
        .executable(name: "qmctl", targets: ["ConsoleMain"]),
        .executable(name: "qm-benchmark", targets: ["BenchmarkMain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    ],
    targets: [
        // C libraries, one target each: generated messages, module maps and shims only.
        .target(
            name: "CMessages", path: "Shared/C/Messages", exclude: ["descriptors.binpb"],
            linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(
            name: "COpenSSL", path: "Shared/C/OpenSSL",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CCurl", path: "Shared/C/Curl", linkerSettings: [.linkedLibrary("curl")]),
        // No link to libpq: it is loaded at run time.
        .target(name: "CPostgreSQL", path: "Shared/C/PostgreSQL"),
        // What glibc's allocator holds, and that it gives back.
        .target(name: "CAllocator", path: "Shared/C/Allocator"),
        // A setting of SQLite's that Swift cannot make.
        .target(name: "CSQLite", path: "Shared/C/SQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        // A fatal trap leaves a stack.
        .target(name: "CBacktrace", path: "Shared/C/Backtrace"),
        // Not a library: the status page, put into the executable by #embed.
        .target(name: "CStatusPage", path: "Shared/C/StatusPage", exclude: ["status.html"]),
        // Not a library: the registry's division data, put into the executable by #embed.
        .target(
            name: "CDivisions", path: "Services/Registry/Divisions",
            exclude: ["README.md", "divisions.csv", "division_changes.csv"]),

        library("Wire", path: "Shared/Wire"),
        // One function that messages, figures and log lines are written with.
        library("JSONText", path: "Shared/JSONText"),
        // Why a file is no YAML, for the three rooms that read some.
        library("YAMLText", path: "Shared/YAMLText", [yams]),
        library("RPC", path: "Shared/RPC", ["Wire"]),
        // When and where a call or a connection is tried: pure, for Transport and the gateway.
        library("Balancing", path: "Shared/Balancing", ["Wire", "RPC"]),
        library("MessageRuntime", path: "Shared/Messages/Runtime", ["RPC", "Wire", "CMessages"]),
        library("Messages", path: "Shared/Messages/Generated", ["MessageRuntime", "RPC", "Wire", "CMessages"]),
        library(
            "Reflection", path: "Shared/Messages/Reflection", ["Messages", "MessageRuntime", "RPC", "Wire"]),
        library(
            "MessageJSON", path: "Shared/Messages/JSON",
            ["JSONText", "Reflection", "Messages", "MessageRuntime", "RPC", "Wire", "CMessages"]),
        library(
            "ReportingMessages", path: "Shared/Messages/Reporting",
            ["Messages", "MessageRuntime", "Journal", "Reporting", "RPC", "Wire", "CMessages"]),
        // What the handlers of every service do alike: turns, bounded waits, what a failure is to the caller and the log.
        library(
            "Serving", path: "Shared/Serving",
            ["RPC", "Wire", "Messages", "Reporting", "Storage", "Following", logging]),
        library(
            "Following", path: "Shared/Following",
            ["RPC", "Wire", "Messages", "Journal", "Storage", "Cryptography", logging]),
        library(
            "Telemetry", path: "Shared/Telemetry",
            ["JSONText", "Wire", .product(name: "CoreMetrics", package: "swift-metrics")]),
        library("TLS", path: "Shared/TLS", ["COpenSSL", nioCore]),
        library("Cryptography", path: "Shared/Cryptography", ["COpenSSL"]),
        library(
            "Transport", path: "Shared/Transport",
            ["Wire", "TLS", "RPC", "Balancing", "Telemetry", nioCore, nioPosix, logging, metrics]),
        library("Journal", path: "Shared/Journal"),
        library("Reporting", path: "Shared/Reporting", ["Journal"]),
        // libpq behind one face: connections, statements, pipelines. Knows no storage.
        library("PostgreSQL", path: "Shared/PostgreSQL", ["CPostgreSQL"]),
        library("Storage", path: "Shared/Storage", [grdb, sqlite, "CSQLite", "PostgreSQL", "Journal", "Cryptography"]),
        library(
            "Admin", path: "Shared/Admin",
            ["Telemetry", "Cryptography", "CStatusPage", hummingbird, httpTypes, nioCore, logging, lifecycle]),
        library(
            "ServiceKit", path: "Shared/ServiceKit",
            [
                "Wire", "RPC", "TLS", "Balancing", "Transport", "Telemetry", "Admin", "MessageRuntime", "Messages",
                "Reflection", "Storage", "PostgreSQL", "Following", "JSONText", "Journal", "Reporting", "Cryptography",
                "CAllocator",
                "CBacktrace",
                "CCurl", "YAMLText", nioCore,
                nioPosix,
                argumentParser, logging, metrics, lifecycle, unixSignals, configuration, yams,
            ]),
    ]
        + service("Registry", storage: ["RPC"], server: ["CDivisions"], tests: ["ConsoleFiles", "TestStores"])
        + service("Submission", storage: ["RPC"], tests: ["TestStores", "TestSupport"])
        + service("Statistics", storage: ["RPC"], tests: ["TestStores", "TestRandom", "TestSupport"])
        + service("Notification", storage: ["RPC"], tests: ["TestStores", "TestSupport"])
        + [
            library("GatewayRules", path: "Services/Gateway/Rules", ["Wire", "RPC"]),
            library(
                "GatewayServer", path: "Services/Gateway/Server",
                [
                    "GatewayRules", "Wire", "RPC", "TLS", "Balancing", "Telemetry", "Transport", nioCore, nioPosix,
                    logging, metrics,
                    yams, "YAMLText",
                ]),
            executable(
                "GatewayMain", path: "Services/Gateway/Main",
                [
                    "GatewayServer", "GatewayRules", "ServiceKit", "TLS", "RPC", "Balancing", "Transport", "Reporting",
                    argumentParser, logging,
                    lifecycle,
                ]),

            // What a person writes: reports and campaigns as files. No network, no commands.
            library(
                "ConsoleFiles", path: "Services/Console/Files",
                ["Messages", "MessageJSON", "Reporting", "YAMLText", yams]),
            library(
                "Console", path: "Services/Console/Commands",
                [
                    "ConsoleFiles", "ServiceKit", "Transport", "Balancing", "TLS", "RPC", "Wire", "Messages",
                    "MessageRuntime", "MessageJSON", "Reflection", "Journal", "Reporting", "ReportingMessages",
                    "Cryptography",
                    argumentParser, logging, yams, x509, asn1,
                ]),
            executable("ConsoleMain", path: "Services/Console/Main", ["Console", argumentParser]),

            // Messages that only tests and benchmarks speak; the gateway must route them all the same.
            .target(
                name: "CTestingMessages", path: "Tests/TestingMessages/C", exclude: ["descriptors.binpb"],
                linkerSettings: [.linkedLibrary("protobuf-c")]),
            library(
                "TestingMessages", path: "Tests/TestingMessages/Generated",
                ["MessageRuntime", "Messages", "RPC", "Wire", "CMessages", "CTestingMessages"]),
            library("TestRandom", path: "Tests/Random"),
            // Go's own implementation of logs like ours, asked by several tests.
            .target(
                name: "TestForeign", path: "Tests/Journal/Foreign", exclude: ["check.go"], swiftSettings: strict),
            library(
                "TestSupport", path: "Tests/Support", ["COpenSSL", "Cryptography", "TLS", "Wire", nioCore, nioPosix]),
            // Not part of TestSupport, which the benchmarks use too: it is about tests that run side by side.
            library("TestTurns", path: "Tests/Turns"),
            library(
                "TestStores", path: "Tests/Stores",
                [
                    sqlite, "Cryptography", "Storage", "PostgreSQL", "Following", "Messages", "RPC", "Wire", "Journal",
                    logging,
                ]),
            library("TestPostgres", path: "Tests/Postgres", ["PostgreSQL", "TestSupport"], exclude: ["Shim"]),
            library(
                "TestProcesses", path: "Tests/Processes",
                ["TestStores", "TestSupport", "Messages", "TLS", "Transport", nioPosix, logging]),
            library(
                "TestingService", path: "Tests/TestingService",
                ["TestingMessages", "MessageRuntime", "Transport", "RPC", "Wire"]),
            library(
                "TestBench", path: "Tests/Bench",
                [
                    "TestSupport", "TestingMessages", "TestingService", "GatewayServer", "GatewayRules", "Balancing",
                    "Transport",
                    "Telemetry", "TLS", "RPC", "Wire", nioCore, nioPosix, logging,
                ]),
            executable(
                "BenchmarkMain", path: "Tests/Benchmarks/Load",
                [
                    "TestSupport", "TestingService", "TestingMessages", "MessageRuntime", "Messages", "Balancing",
                    "Transport", "Telemetry", "TLS", "RPC", "Wire", "Reporting", "Journal", "Cryptography", "Storage",
                    "Following", "StatisticsServer", "StatisticsStorage", argumentParser, logging, unixSignals, nioCore,
                    nioPosix, .product(name: "CoreMetrics", package: "swift-metrics"),
                ]),

            library(
                "FuzzTargets", path: "Tests/Fuzz/Targets",
                [
                    "Wire", "TLS", "Transport", "RPC", "Messages", "MessageRuntime", "MessageJSON", "Journal",
                    "Reporting", "ReportingMessages", "Cryptography", "ConsoleFiles", "TestingService",
                    "TestingMessages", "TestSupport", nioCore, nioEmbedded,
                ]),
            tests("Fuzz", path: "Tests/Fuzz/Replay", ["FuzzTargets"]),
            tests("Wire", ["Wire", "Journal", "Reporting", "Cryptography", "TestRandom"]),
            tests("Telemetry", ["Telemetry", "Wire", .product(name: "CoreMetrics", package: "swift-metrics")]),
            tests("Admin", ["Admin", "Telemetry", "TestSupport", "TestTurns", logging, nioCore, nioPosix, lifecycle]),
            tests("RPC", ["RPC", "Wire", "TestRandom"]),
            tests("Balancing", ["Balancing", "Wire"]),
            tests(
                "Messages",
                [
                    "Messages", "MessageRuntime", "MessageJSON", "Reflection", "TestingMessages", "TestRandom", "RPC",
                    "Wire",
                ]),
            tests("TLS", ["TestSupport", "TestTurns", "TLS", "COpenSSL", nioCore, nioPosix, nioEmbedded]),
            tests("Cryptography", ["Cryptography"]),
            tests(
                "Transport",
                [
                    "TestSupport", "TestRandom", "TestTurns", "Transport", "Balancing", "ServiceKit", "Messages",
                    "Telemetry",
                    "TLS", "RPC",
                    "Wire",
                    "TestingMessages",
                    "TestingService", nioCore, nioPosix, nioEmbedded, logging,
                ]),
            tests("Journal", ["Journal", "Cryptography", "TestForeign", "TestRandom"], exclude: ["Foreign"]),
            tests("Reporting", ["Journal", "Reporting", "ReportingMessages", "Messages", "RPC", "Cryptography"]),
            tests("PostgreSQL", ["PostgreSQL", "TestPostgres", "TestSupport"]),
            tests("Serving", ["TestStores", "Serving", "Storage", "RPC", "Wire", logging]),
            tests(
                "Storage",
                [
                    "TestStores", "TestPostgres", "TestSupport", "TestRandom", "Storage", "PostgreSQL", "Journal",
                    "Cryptography",
                ]),
            tests(
                "ServiceKit",
                [
                    "ServiceKit", "Messages", "RPC", "Wire", "Storage", "Cryptography", "Transport", "Telemetry", "TLS",
                    logging,
                    argumentParser,
                ]),
            tests(
                "Gateway",
                [
                    "TestBench", "TestSupport", "TestRandom", "TestTurns", "Messages", "MessageRuntime", "Reflection",
                    "GatewayServer",
                    "GatewayRules", "Transport", "Telemetry", "TLS", "RPC", "Wire",
                    "TestingMessages",
                    "TestingService", nioCore,
                    nioPosix, logging,
                ]),
            tests(
                "Conformance",
                [
                    "TestBench", "TestSupport", "TestTurns", "TestStores", "TestProcesses", "GatewayRules", "Transport",
                    "TLS", "RPC", "Wire", "Messages", "TestingMessages", "TestingService", "COpenSSL", nioCore,
                    nioPosix,
                    logging,
                ], exclude: ["README.md"]),
            tests(
                "Console",
                [
                    "TestSupport", "TestForeign", "TestStores", "Following", "Storage", "Journal", "ConsoleFiles",
                    "Console", "TLS", "RPC", "Wire", "Messages", "MessageRuntime", "MessageJSON", "Reflection",
                    "TestingMessages", "TestingService", "Reporting", "ReportingMessages", "Cryptography",
                ]),
            tests(
                "Following",
                [
                    "TestStores", "Following", "Storage", "Journal", "Messages", "RPC", "Wire", "Cryptography", logging,
                ]),
            tests(
                "Integration",
                [
                    "Messages", "TestingMessages", "RPC", "Wire", "Transport", "TLS", "Reporting", "Cryptography",
                    "Console", "COpenSSL", "TestForeign", "TestSupport", "TestTurns", "TestProcesses", "Admin",
                    "Telemetry",
                    hummingbird,
                    nioCore, nioPosix, logging,
                ], exclude: ["Shim"]),
        ]
)

// The fuzzer brings its own main(), so it is part of the package only when it is built: see Tests/Fuzz/run.
if Context.environment["QM_FUZZ"] != nil {
    package.targets.append(executable("FuzzMain", path: "Tests/Fuzz/Driver", ["FuzzTargets"]))
    package.products.append(.executable(name: "qm-fuzz", targets: ["FuzzMain"]))
}

// Some of the tests alone, for builds that are dear: see Tests/Sanitizers/run.
if let only = Context.environment["QM_TESTS"]?.split(separator: ",").map(String.init) {
    package.targets.removeAll { $0.type == .test && !only.contains($0.name) }
}
