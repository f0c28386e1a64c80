import Reporting

/// What adds up into what. Nodes stand before their children; the first is the total.
struct RollupTree {
    struct Node {
        var code: String
        var name: String
        /// The node this one adds up into, unless it stands beside; `nil` for the total.
        var parent: Int?
        var depth: UInt32
        var standsBeside = false
        /// The unit whose report counts here.
        var unit: String?
        /// The unit that reports although others report to it: compared, never added.
        var controlUnit: String?
    }

    private(set) var nodes: [Node]

    private init() {
        nodes = [Node(code: "", name: "合计", parent: nil, depth: 0)]
    }

    private mutating func append(_ code: String, _ name: String, under parent: Int) -> Int {
        nodes.append(Node(code: code, name: name, parent: parent, depth: nodes[parent].depth + 1))
        return nodes.count - 1
    }

    /// By who reports to whom. A unit with units below it gives a control total: its report is theirs, added up by
    /// somebody else (domain, case 7).
    static func byLine(_ scope: FormScope) -> RollupTree {
        var children: [String: [Organisation]] = [:]
        var tops: [Organisation] = []
        var placed: Set<String> = []
        for unit in scope.units {
            let path = scope.path(from: unit)
            for (index, organisation) in path.enumerated() where placed.insert(organisation.code).inserted {
                if index + 1 < path.count {
                    children[path[index + 1].code, default: []].append(organisation)
                } else {
                    tops.append(organisation)
                }
            }
        }
        let expected = Set(scope.units.map(\.code))
        let unlisted = Set(scope.unlisted.map(\.code))
        var tree = RollupTree()
        func add(_ siblings: [Organisation], under parent: Int, besideOthers: (Organisation) -> Bool) {
            for organisation in siblings.sorted(by: scope.precedes) {
                let node = tree.append(organisation.code, organisation.name, under: parent)
                tree.nodes[node].standsBeside = besideOthers(organisation)
                let below = children[organisation.code] ?? []
                let isBeside = { (other: Organisation) in other.kind.standsBeside && !organisation.kind.standsBeside }
                let addsUp = !below.allSatisfy(isBeside)
                if expected.contains(organisation.code), !addsUp {
                    tree.nodes[node].unit = organisation.code
                } else if expected.contains(organisation.code) || addsUp && unlisted.contains(organisation.code) {
                    tree.nodes[node].controlUnit = organisation.code
                }
                add(below, under: node, besideOthers: isBeside)
            }
        }
        // Where all are departments and associations there is nothing to stand beside.
        let hasPlaces = tops.contains { !$0.kind.standsBeside }
        add(tops, under: 0) { hasPlaces && $0.kind.standsBeside }
        return tree
    }

    /// By where the units lie. Divisions contain divisions; the units are the leaves. Units whose report is a control
    /// total are left out: by line they are shown.
    static func byPlace(_ scope: FormScope) -> RollupTree {
        let counted = byLine(scope).nodes.filter { $0.unit != nil }
        let beside = Set(counted.filter(\.standsBeside).map(\.code))
        let countedCodes = Set(counted.map(\.code))
        let divisions = Dictionary(
            scope.published.divisions.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        var unitsIn: [String: [Organisation]] = [:]
        var divisionsIn: [String: Set<String>] = [:]
        for unit in scope.units where countedCodes.contains(unit.code) {
            unitsIn[unit.divisionCode, default: []].append(unit)
            var code = unit.divisionCode
            // Three levels are real; the bound is against records that go round in a circle.
            for _ in 0..<8 where !code.isEmpty {
                let parent = divisions[code]?.parentCode ?? ""
                divisionsIn[parent, default: []].insert(code)
                code = parent
            }
        }
        var tree = RollupTree()
        func add(_ division: String, under parent: Int) {
            for unit in unitsIn[division] ?? [] {
                let leaf = tree.append(unit.code, unit.name, under: parent)
                tree.nodes[leaf].unit = unit.code
                tree.nodes[leaf].standsBeside = beside.contains(unit.code)
            }
            guard tree.nodes[parent].depth < 8 else { return }
            for code in (divisionsIn[division] ?? []).sorted() {
                add(code, under: tree.append(code, divisions[code]?.name ?? code, under: parent))
            }
        }
        add("", under: 0)
        return tree
    }
}
