import Messages
import RPC
import TestBench
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

/// Cases 36 and 38 to 40, which only the real programs can show: what a caller may make a service keep, and what a service
/// tells those who may not ask. Routed, the caller is its own; direct, the gateway's certificate speaks for it.
extension Cases {
    private static let services: [RunningSuite.Service] = [.registry, .submission, .statistics, .notification]

    /// The programs with a campaign published, and a certificate for each name "CODE-ROLE". Their clocks are in the middle
    /// of an hour of their own.
    private func published(
        _ units: ManyUnits, _ services: [RunningSuite.Service], _ identities: [(code: String, role: String)]
    ) async throws -> RunningSuite {
        let suite = try await RunningSuite()
        for service in [.gateway] + services {
            try await suite.start(service, settings: ["rehearsal.clockStartsAt": "2026-06-01T09:10:00+08:00"])
        }
        try await suite.identity(organisation: "top", "publisher")
        for identity in identities where (identity.code, identity.role) != ("top", "publisher") {
            try await suite.identity(organisation: identity.code, identity.role)
        }
        try await suite.succeed(
            as: "top-publisher", "campaign", "publish", try suite.write(units.file, to: "campaign.yaml"))
        return suite
    }

    // MARK: 36

    @Test(
        "36. queries that wait for what is not written yet have a share of a service, and beside them others are answered",
        .takesTurnsWithProcesses)
    func case36WaitingQueries() async throws {
        let units = ManyUnits(count: 1)
        let suite = try await published(
            units, Self.services, [("top", "reporter"), ("top", "viewer")])
        try await suite.push(units)
        var question = StatisticsV1.GetRollupRequest(campaign: ManyUnits.campaign, form: ManyUnits.form)
        for path in Path.allCases {
            var other = try await SuiteCaller(suite, path, .statistics, as: "top", "viewer")
            try await suite.eventually("statistics has followed the report") {
                let answer = try await other.ask(StatisticsV1.StatisticsService.Methods.getRollup, question)
                guard let message = answer?.message else { return false }
                question.atLeast = try StatisticsV1.GetRollupResponse.decode(message).watermark
                return question.atLeast?.submission?.size ?? 0 > 0
            }
            // Nobody will ever push so much.
            question.atLeast?.submission?.size += 1_000_000
            var caller = try await SuiteCaller(suite, path, .statistics, as: "top", "reporter")
            let message = try question.encodedBytes()
            var streams: [UInt32] = []
            for _ in 0..<150 {
                streams.append(
                    await caller.begin(StatisticsV1.StatisticsService.Methods.getRollup.path, message))
            }
            // One beyond its share is told so at once; as many as are its share wait then.
            var answers: [RawFrame.Status] = []
            while answers.count < streams.count, let frame = await caller.peer.next() {
                if let status = frame.status { answers.append(status) }
                if answers.last?.text.contains("as it may") == true { break }
            }
            let refusal = answers.last
            #expect(refusal?.code == .unavailable)
            #expect(refusal?.text.contains("as many calls waiting for journals to be followed as it may") == true)
            #expect(refusal?.isNotStarted == true)
            question.atLeast = nil
            #expect(
                try await other.ask(StatisticsV1.StatisticsService.Methods.getRollup, question)?.code == .ok)
            // What waits costs the caller no call that need not wait.
            #expect(
                try await caller.ask(StatisticsV1.StatisticsService.Methods.getRollup, question)?.code == .ok)
            for stream in streams { await caller.peer.send(.reset(stream)) }
            await caller.peer.end(.closeNotify)
        }
        try await suite.stopAll()
    }

    // MARK: 37

    @Test(
        "37. while one caller asks for hundreds of reports at once, another's question is answered before half of them",
        .takesTurnsWithProcesses)
    func case37TurnsOfCallers() async throws {
        let units = ManyUnits(count: 2)
        let suite = try await published(units, [.registry, .submission], [("top", "reporter")])
        try await suite.push(units)
        // Both upon one connection, as the gateway brings them: so their answers have an order.
        let gateway = try await SuiteCaller(suite, dialling: .submission, with: "gateway")
        func question(_ stream: UInt32, about index: Int) throws -> RawFrame {
            let message = SubmissionV1.GetReportRequest(
                campaign: ManyUnits.campaign, form: ManyUnits.form, reportingUnit: units.code(index))
            return .call(
                stream, SubmissionV1.SubmissionService.Methods.getReport.path, try message.encodedBytes(),
                caller: "spiffe://\(RunningSuite.domain)/org/\(units.code(index))/reporter")
        }
        let count: UInt32 = 400
        var asked: [UInt8] = []
        for index in 0..<count { asked += try question(index * 2 + 1, about: 0).bytes }
        let neighbour = count * 2 + 1
        asked += try question(neighbour, about: 1).bytes
        await gateway.peer.send(bytes: asked)
        var answered: [UInt32] = []
        while answered.count <= count, let frame = await gateway.peer.next() {
            guard let status = frame.status else { continue }
            #expect(status.code == .ok, "\(status.text)")
            answered.append(frame.stream)
        }
        #expect(answered.count == Int(count) + 1)
        let place = try #require(answered.firstIndex(of: neighbour))
        #expect(place < count / 2)
        for service in [RunningSuite.Service.submission, .registry, .gateway] { try await suite.stop(service) }
    }

    // MARK: 38

    @Test(
        "38. of a unit that is refused without end a hundred refusals an hour are journaled, and every one is answered",
        .takesTurnsWithProcesses)
    func case38RefusalsAreBounded() async throws {
        let units = ManyUnits(count: 2)
        let suite = try await published(
            units, [.registry, .submission], [("unit-0", "reporter"), ("unit-1", "reporter")])
        let push = SubmissionV1.SubmissionService.Methods.push
        let quota = 100
        for (index, path) in Path.allCases.enumerated() {
            var caller = try await SuiteCaller(suite, path, .submission, as: units.code(index), "reporter")
            var wrong = units.request(index)
            wrong.report?.cells[0].unit = "人"
            for number in 0..<(quota + 20) {
                // Of one content one would be.
                wrong.report?.cells[0].kind = .integer(Int64(number))
                wrong.idempotencyKey = "wrong-\(index)-\(number)"
                let answer = try await caller.ask(push, wrong)
                #expect(answer?.code == .invalidArgument, "\(path), \(number): \(answer?.text ?? "no answer")")
            }
            let said = try await suite.logs(.submission, "only counted from now on", "unit=\(units.code(index))")
            #expect(said.count == 1, "\(said)")
            #expect(try await caller.ask(push, units.request(index))?.code == .ok)
        }
        let follower = try await suite.client(as: "statistics")
        var kinds: [String: Int] = [:]
        let journal = try await SubmissionV1.SubmissionServiceClient(follower).follow(.init(stopAtEnd: true))
        for try await answer in journal {
            for entry in answer.entries { kinds[entry.kind, default: 0] += 1 }
        }
        #expect(kinds == ["report.rejected": 2 * quota, "report.accepted": 2])
        await follower.close()
        for service in [RunningSuite.Service.submission, .registry, .gateway] { try await suite.stop(service) }
    }

    // MARK: 39

    /// Questions about one unit that are wrong in every other way too, and who may ask such of its own.
    private func questions(
        about unit: String
    ) -> [(service: RunningSuite.Service, role: String, method: MethodDescriptor, message: any Message)] {
        typealias Submission = SubmissionV1.SubmissionService.Methods
        typealias Notification = NotificationV1.NotificationService.Methods
        typealias Registry = RegistryV1.RegistryService.Methods
        let report = SubmissionV1.Report(
            campaign: "none", form: "none", reportingUnit: unit,
            cells: [TypeV1.Cell(field: "?"), TypeV1.Cell(field: "?")])
        return [
            (.submission, "reporter", Submission.push, SubmissionV1.PushRequest(report: report, idempotencyKey: "?")),
            (
                .submission, "reporter", Submission.getReport,
                SubmissionV1.GetReportRequest(campaign: "none", form: "none", reportingUnit: unit, version: 99)
            ),
            (
                .submission, "reporter", Submission.listReports,
                SubmissionV1.ListReportsRequest(
                    campaign: "none", form: "none", reportingUnit: unit, pageSize: 100_000, pageToken: "?")
            ),
            (
                .notification, "reporter", Notification.listInbox,
                NotificationV1.ListInboxRequest(organisation: unit, pageSize: 100_000)
            ),
            (
                .notification, "reporter", Notification.readMessage,
                NotificationV1.ReadMessageRequest(organisation: unit, id: .max)
            ),
            (
                .notification, "reporter", Notification.acknowledgeMessage,
                NotificationV1.AcknowledgeMessageRequest(organisation: unit, id: .max)
            ),
            (
                .registry, "publisher", Registry.listIdentities,
                RegistryV1.ListIdentitiesRequest(organisationCode: unit)
            ),
            (
                .registry, "publisher", Registry.registerOrganisation,
                RegistryV1.RegisterOrganisationRequest(
                    organisation: RegistryV1.Organisation(code: unit, name: " ", divisionCode: "?"))
            ),
        ]
    }

    @Test(
        "39. of a unit that is not the caller's nothing is told, not even whether there is one: PERMISSION_DENIED",
        .takesTurnsWithProcesses)
    func case39OtherUnits() async throws {
        let suite = try await published(
            ManyUnits(count: 2), [.registry, .submission, .notification],
            [("unit-0", "reporter"), ("unit-0", "publisher")])
        for path in Path.allCases {
            for index in questions(about: "").indices {
                let (service, role, method, _) = questions(about: "")[index]
                var caller = try await SuiteCaller(suite, path, service, as: "unit-0", role)
                var said: Set<String> = []
                for unit in ["unit-1", "top", "nowhere", "?"] {
                    let answer = try await caller.ask(method, questions(about: unit)[index].message)
                    #expect(answer?.code == .permissionDenied, "\(path) \(method.path) \(unit): \(answer?.text ?? "")")
                    said.insert(answer?.text.replacing("'\(unit)'", with: "UNIT") ?? "")
                }
                #expect(said.count == 1, "\(path) \(method.path): \(said)")
                // About its own it hears what is wrong.
                let own = try await caller.ask(method, questions(about: "unit-0")[index].message)
                #expect(own?.code != .permissionDenied, "\(path) \(method.path): \(own?.text ?? "")")
                await caller.peer.end(.closeNotify)
            }
        }
        for service in [RunningSuite.Service.notification, .submission, .registry, .gateway] {
            try await suite.stop(service)
        }
    }

    // MARK: 40

    /// What every service has, what this one has, what it has not, and what nobody has.
    private func paths(_ service: RunningSuite.Service) -> [String] {
        let known: MethodDescriptor =
            switch service {
            case .registry: RegistryV1.RegistryService.Methods.listCampaigns
            case .submission: SubmissionV1.SubmissionService.Methods.listReports
            case .statistics: StatisticsV1.StatisticsService.Methods.getRollup
            case .notification: NotificationV1.NotificationService.Methods.listInbox
            case .gateway: RPCV1.HealthService.Methods.check
            }
        return [known.path, "\(known.service)/NoSuchMethod", "quality.nosuch.v1.NoService/Any", "nonsense"]
    }

    @Test(
        "40. dialled directly the real services tell nobody what they have, and of the gateway itself answer quality.rpc.v1",
        .takesTurnsWithProcesses)
    func case40DialledDirectly() async throws {
        let suite = try await RunningSuite()
        for service in [.gateway] + Self.services { try await suite.start(service) }
        try await suite.identity(organisation: "top", "publisher")
        let health = RPCV1.HealthService.Methods.check.path
        for service in Self.services {
            let neighbour: RunningSuite.Service = service == .registry ? .statistics : .registry
            for identity in ["top-publisher", neighbour.rawValue] {
                var caller = try await SuiteCaller(suite, dialling: service, with: identity)
                var said: Set<String> = []
                for path in paths(service) + [health] {
                    let answer = await caller.ask(path, [])
                    #expect(answer?.code == .permissionDenied, "\(service), \(identity): \(path)")
                    #expect(answer?.isNotStarted == true)
                    said.insert(answer?.text ?? "")
                }
                #expect(said.count == 1, "\(service), \(identity): \(said)")
            }
            let gateway = "spiffe://\(RunningSuite.domain)/service/gateway"
            for stated in ["", gateway] {
                var caller = try await SuiteCaller(suite, dialling: service, with: "gateway", stating: stated)
                for path in paths(service) {
                    let answer = await caller.ask(path, [])
                    #expect(answer?.code == .permissionDenied, "\(service), stating '\(stated)': \(path)")
                    #expect(answer?.isNotStarted == true)
                }
                #expect(await caller.ask(health, [])?.code == .ok)
            }
        }
        try await suite.stopAll()
    }

    @Test(
        "40. through the gateway one who may not call a service is not told either whether there is one",
        .takesTurnsWithProcesses)
    func case40Routed() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await suite.identity(organisation: "top", "viewer")
        var caller = try await SuiteCaller(suite, .throughGateway, .registry, as: "top", "viewer")
        for path in [
            "quality.registry.v1.RegistryService/PublishCampaign", "quality.registry.v1.RegistryService/NoSuchMethod",
            "quality.nosuch.v1.NoService/Any", "nonsense",
        ] {
            let answer = await caller.ask(path, [])
            #expect(answer?.code == .permissionDenied, "\(path)")
            #expect(answer?.isNotStarted == true)
        }
        try await suite.stop(.gateway)
    }
}

extension RunningSuite {
    /// Pushes the reports of all units.
    fileprivate func push(_ units: ManyUnits) async throws {
        try await succeed(as: "top-reporter", "report", "push", try write(units.sheet, to: "reports.csv"))
    }
}
