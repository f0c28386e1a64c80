import Foundation
import Testing
import Wire

@testable import Telemetry

/// The metrics that the code counts, those of the catalog, and those of the README are the same.
@Suite("The table of metrics")
struct MetricCatalogTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    /// Labels by name.
    private let catalog = Dictionary(uniqueKeysWithValues: MetricCatalog.entries.map { ($0.name, $0.labels) })

    @Test("the README's table has every metric with its labels, and no other")
    func readme() throws {
        let text = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let head = try #require(text.range(of: "| metric | labels | meaning |\n|---|---|---|\n"))
        let rows = text[head.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("|") }
        func words(_ cell: Substring) -> [String] {
            cell.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
                .filter { !$0.isEmpty }
        }
        var table: [String: [String]] = [:]
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            try #require(cells.count >= 4, "\(row)")
            for name in words(cells[1]) {
                #expect(table[name] == nil, "\(name) has two rows")
                table[name] = words(cells[2])
            }
        }
        #expect(table.keys.sorted() == catalog.keys.sorted())
        for (name, labels) in table { #expect(labels == catalog[name], "\(name)") }
    }

    @Test("the rules for alarms look at metrics that there are, by labels that they have")
    func alerts() throws {
        let text = try String(contentsOf: Self.root.appending(path: "compose/alerts.yaml"), encoding: .utf8)
        let rules = text.split(separator: "\n").filter { !$0.contains("summary:") && !$0.contains("remedy:") }
            .joined(separator: "\n")
        var found = 0
        for match in rules.matches(of: /([a-z]+_[a-z_]+)(?:\{([^}]*)\})?/) where !["predict_linear"].contains(match.1) {
            let name = String(match.1)
            let labels = try #require(catalog[name] ?? catalog[name + "_total"], "\(name) is no metric")
            for label in (match.2 ?? "").matches(of: /([a-z]+)[=!]~?/) {
                #expect(labels.contains(String(label.1)), "\(name) has no label \(label.1)")
            }
            found += 1
        }
        #expect(found >= 8)
    }

    /// A metric as swift-metrics is asked for it in a source file.
    private static func counted(in source: String) throws -> [(name: String, labels: [String])] {
        let maker = try Regex(
            #"(?:Counter|Gauge|Timer|Meter|Recorder)\(\s*label:\s*"([a-z_]+)"(?:,\s*dimensions:\s*\[([^\]]*)\])?"#)
        let label = try Regex(#"\("([a-z_]+)","#)
        return source.matches(of: maker).map { match in
            let dimensions = match.output[2].substring.map(String.init) ?? ""
            return (
                String(match.output[1].substring ?? ""),
                dimensions.matches(of: label).compactMap { $0.output[1].substring.map(String.init) }
            )
        }
    }

    @Test("what the sources count through swift-metrics is in the catalog, with the same labels")
    func sources() throws {
        var names: Set<String> = []
        for folder in ["Shared", "Services"] {
            let files = try #require(
                FileManager.default.enumerator(at: Self.root.appending(path: folder), includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let source = try String(contentsOf: file, encoding: .utf8)
                let found = try Self.counted(in: source)
                for (name, labels) in found {
                    names.insert(name)
                    #expect(catalog[name]?.sorted() == labels.sorted(), "\(name) in \(file.lastPathComponent)")
                }
                // What is made otherwise would escape this test.
                let makers = try Regex(#"\b(?:Counter|Gauge|Timer|Meter|Recorder)\(\s*label:"#)
                #expect(source.matches(of: makers).count == found.count, "\(file.lastPathComponent)")
            }
        }
        #expect(names.union(families().map(\.name)) == Set(catalog.keys))
    }

    /// What the loops and the process count themselves, each with a series at least.
    private func families() -> [MetricFamily] {
        let loop = LoopStatistics()
        loop.methods.register("a.S/M").began()
        let backend = loop.backends.register("a:1")
        backend.began()
        loop.backendConnections(backend, change: 1)
        return loop.snapshot.families + SpanQueue(capacity: 1).families + ProcessFigures.now().families
            + MetricFamily.program("qm-test", version: "1", unresponsiveLoops: 0)
    }

    @Test("what the loops and the process count has the catalog's labels, and a line of help")
    func own() {
        for family in families() {
            #expect(!family.series.isEmpty, "\(family.name)")
            for series in family.series { #expect(series.labels.map(\.name) == catalog[family.name], "\(family.name)") }
            #expect(!family.help.isEmpty, "\(family.name)")
        }
    }
}
