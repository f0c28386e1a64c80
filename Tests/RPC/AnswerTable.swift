import Testing

/// Where a machine can be when something happens.
protocol MachineStage: CaseIterable {
    associatedtype Machine
    /// One that has come there.
    var machine: Machine { get }
}

/// What can happen to a machine, whether it can mean anything or not.
protocol MachineEvent: CaseIterable, Hashable, Sendable {
    associatedtype Machine
    /// Tells the machine of it; what it answers, in words.
    func happens(to machine: inout Machine) -> String
}

/// What each event brings in each stage, in the order of the stages.
struct AnswerTable<Stage: MachineStage, Event: MachineEvent>: Sendable where Stage.Machine == Event.Machine {
    private let rows: [Event: [String]]

    init(_ rows: [Event: [String]]) {
        self.rows = rows
    }

    /// Has the event happen in every stage.
    func expect(_ event: Event, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let answers = try #require(rows[event], "\(event) has no row", sourceLocation: sourceLocation)
        #expect(answers.count == Stage.allCases.count, "the row of \(event)", sourceLocation: sourceLocation)
        for (stage, answer) in zip(Stage.allCases, answers) {
            var machine = stage.machine
            #expect(event.happens(to: &machine) == answer, "\(event) while \(stage)", sourceLocation: sourceLocation)
        }
    }
}
