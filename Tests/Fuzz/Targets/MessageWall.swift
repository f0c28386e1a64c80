internal import MessageRuntime
internal import Messages
internal import RPC

/// Every message that a process may be sent.
enum MessageWall {
    static let types: [any GeneratedMessage.Type] = [
        RPCV1.CheckRequest.self, RPCV1.CheckResponse.self, RPCV1.WatchRequest.self, RPCV1.WatchResponse.self,
        NotificationV1.InboxMessage.self, NotificationV1.ListInboxRequest.self, NotificationV1.ListInboxResponse.self,
        NotificationV1.ReadMessageRequest.self, NotificationV1.ReadMessageResponse.self,
        NotificationV1.AcknowledgeMessageRequest.self, NotificationV1.AcknowledgeMessageResponse.self,
        RegistryV1.Division.self, RegistryV1.Organisation.self, RegistryV1.Identity.self, RegistryV1.Field.self,
        RegistryV1.Table.self, RegistryV1.Term.self, RegistryV1.Rule.self, RegistryV1.FormDefinition.self,
        RegistryV1.Notice.self, RegistryV1.Campaign.self, RegistryV1.PublishCampaignRequest.self,
        RegistryV1.PublishCampaignResponse.self, RegistryV1.GetCampaignRequest.self,
        RegistryV1.GetCampaignResponse.self, RegistryV1.ListCampaignsRequest.self, RegistryV1.CampaignSummary.self,
        RegistryV1.ListCampaignsResponse.self, RegistryV1.GetFormRequest.self, RegistryV1.GetFormResponse.self,
        RegistryV1.ListExpectedReportersRequest.self, RegistryV1.ListExpectedReportersResponse.self,
        RegistryV1.RegisterOrganisationRequest.self, RegistryV1.RegisterOrganisationResponse.self,
        RegistryV1.GetOrganisationRequest.self, RegistryV1.GetOrganisationResponse.self,
        RegistryV1.ListOrganisationsRequest.self, RegistryV1.ListOrganisationsResponse.self,
        RegistryV1.RegisterIdentityRequest.self, RegistryV1.RegisterIdentityResponse.self,
        RegistryV1.ListIdentitiesRequest.self, RegistryV1.ListIdentitiesResponse.self,
        RegistryV1.GetDivisionRequest.self, RegistryV1.GetDivisionResponse.self, RegistryV1.ListDivisionsRequest.self,
        RegistryV1.ListDivisionsResponse.self, RegistryV1.CampaignPublished.self,
        RegistryV1.OrganisationRegistered.self, RegistryV1.IdentityRegistered.self, StatisticsV1.Watermark.self,
        StatisticsV1.FieldSum.self, StatisticsV1.ControlTotal.self, StatisticsV1.RollupGroup.self,
        StatisticsV1.GetRollupRequest.self, StatisticsV1.GetRollupResponse.self, StatisticsV1.UnitStatus.self,
        StatisticsV1.GetCompletenessRequest.self, StatisticsV1.GetCompletenessResponse.self, SubmissionV1.Report.self,
        SubmissionV1.PushRequest.self, SubmissionV1.PushResponse.self, SubmissionV1.Verdict.self,
        SubmissionV1.Refusal.self, SubmissionV1.PushBatchRequest.self, SubmissionV1.PushBatchResponse.self,
        SubmissionV1.PushStreamRequest.self, SubmissionV1.PushStreamResponse.self, SubmissionV1.GetReportRequest.self,
        SubmissionV1.GetReportResponse.self, SubmissionV1.ListReportsRequest.self, SubmissionV1.ReportSummary.self,
        SubmissionV1.ListReportsResponse.self, SubmissionV1.GetReceiptKeyRequest.self,
        SubmissionV1.GetReceiptKeyResponse.self, SubmissionV1.ReportAccepted.self, SubmissionV1.ReportRejected.self,
        TypeV1.Decimal.self, TypeV1.Date.self, TypeV1.Cell.self, TypeV1.Row.self, TypeV1.Finding.self,
        TypeV1.ErrorDetail.self, TypeV1.Receipt.self, TypeV1.JournalPosition.self, TypeV1.PartitionCursor.self,
        TypeV1.Cursor.self, TypeV1.JournalEntry.self, TypeV1.FollowRequest.self, TypeV1.FollowResponse.self,
    ]

    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let choice = bytes.first else { return }
        types[Int(choice) % types.count].meet(UnsafeRawBufferPointer(rebasing: bytes[1...]))
    }
}

extension GeneratedMessage {
    fileprivate static func meet(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? Self.decode(bytes), let encoded = try? message.encodedBytes() else { return }
        // What was understood is said again, and is understood alike.
        let again = encoded.withUnsafeBytes { try? Self.decode($0) }
        precondition(again == message, "\(Self.self) reads its own encoding otherwise")
    }
}
