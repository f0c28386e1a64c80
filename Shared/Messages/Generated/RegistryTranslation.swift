// Generated from Proto/quality/registry/v1/registry.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

internal import CMessages
public import MessageRuntime
public import RPC

extension RegistryV1.Division {
    public static let messageName = "quality.registry.v1.Division"

    public static let schema = MessageSchema(Quality__Registry__V1__Division.self, quality__registry__v1__division__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Division.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Division>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Division.code")
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.registry.v1.Division.name")
        self.level = c.pointee.level
        self.parentCode = try texts.text(c.pointee.parent_code.data, c.pointee.parent_code.len, "quality.registry.v1.Division.parent_code")
        if let message = c.pointee.effective_from {
            self.effectiveFrom = try TypeV1.Date(fromC: message, texts)
        } else {
            self.effectiveFrom = nil
        }
        if let message = c.pointee.effective_until {
            self.effectiveUntil = try TypeV1.Date(fromC: message, texts)
        } else {
            self.effectiveUntil = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Division> {
        let c = arena.allocate(Quality__Registry__V1__Division.self)
        quality__registry__v1__division__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        c.pointee.level = self.level
        (c.pointee.parent_code.len, c.pointee.parent_code.data) = arena.copy(self.parentCode)
        if let value = self.effectiveFrom {
            c.pointee.effective_from = value.makeC(in: arena)
        }
        if let value = self.effectiveUntil {
            c.pointee.effective_until = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.Organisation {
    public static let messageName = "quality.registry.v1.Organisation"

    public static let schema = MessageSchema(Quality__Registry__V1__Organisation.self, quality__registry__v1__organisation__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Organisation.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Organisation>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Organisation.code")
        self.name = try texts.text(c.pointee.name.data, c.pointee.name.len, "quality.registry.v1.Organisation.name")
        self.kind = RegistryV1.OrganisationKind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.divisionCode = try texts.text(c.pointee.division_code.data, c.pointee.division_code.len, "quality.registry.v1.Organisation.division_code")
        self.reportsTo = try texts.text(c.pointee.reports_to.data, c.pointee.reports_to.len, "quality.registry.v1.Organisation.reports_to")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Organisation> {
        let c = arena.allocate(Quality__Registry__V1__Organisation.self)
        quality__registry__v1__organisation__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.name.len, c.pointee.name.data) = arena.copy(self.name)
        c.pointee.kind = Quality__Registry__V1__OrganisationKind(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        (c.pointee.division_code.len, c.pointee.division_code.data) = arena.copy(self.divisionCode)
        (c.pointee.reports_to.len, c.pointee.reports_to.data) = arena.copy(self.reportsTo)
        return c
    }
}

extension RegistryV1.Identity {
    public static let messageName = "quality.registry.v1.Identity"

    public static let schema = MessageSchema(Quality__Registry__V1__Identity.self, quality__registry__v1__identity__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Identity.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Identity>, _ texts: TextReader) throws(RPCError) {
        self.uri = try texts.text(c.pointee.uri.data, c.pointee.uri.len, "quality.registry.v1.Identity.uri")
        self.organisationCode = try texts.text(c.pointee.organisation_code.data, c.pointee.organisation_code.len, "quality.registry.v1.Identity.organisation_code")
        self.role = try texts.text(c.pointee.role.data, c.pointee.role.len, "quality.registry.v1.Identity.role")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Identity> {
        let c = arena.allocate(Quality__Registry__V1__Identity.self)
        quality__registry__v1__identity__init(c)
        (c.pointee.uri.len, c.pointee.uri.data) = arena.copy(self.uri)
        (c.pointee.organisation_code.len, c.pointee.organisation_code.data) = arena.copy(self.organisationCode)
        (c.pointee.role.len, c.pointee.role.data) = arena.copy(self.role)
        return c
    }
}

extension RegistryV1.Field {
    public static let messageName = "quality.registry.v1.Field"

    public static let schema = MessageSchema(Quality__Registry__V1__Field.self, quality__registry__v1__field__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Field.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Field>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Field.code")
        self.label = try texts.text(c.pointee.label.data, c.pointee.label.len, "quality.registry.v1.Field.label")
        self.section = try texts.text(c.pointee.section.data, c.pointee.section.len, "quality.registry.v1.Field.section")
        self.kind = RegistryV1.FieldKind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.unit = try texts.text(c.pointee.unit.data, c.pointee.unit.len, "quality.registry.v1.Field.unit")
        self.required = c.pointee.required != 0
        if let message = c.pointee.minimum {
            self.minimum = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.minimum = nil
        }
        if let message = c.pointee.maximum {
            self.maximum = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.maximum = nil
        }
        self.decimals = c.pointee.decimals
        self.textLimit = c.pointee.text_limit
        self.personal = c.pointee.personal != 0
        if let message = c.pointee.precision {
            self.precision = try TypeV1.Decimal(fromC: message, texts)
        } else {
            self.precision = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Field> {
        let c = arena.allocate(Quality__Registry__V1__Field.self)
        quality__registry__v1__field__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.label.len, c.pointee.label.data) = arena.copy(self.label)
        (c.pointee.section.len, c.pointee.section.data) = arena.copy(self.section)
        c.pointee.kind = Quality__Registry__V1__FieldKind(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        (c.pointee.unit.len, c.pointee.unit.data) = arena.copy(self.unit)
        c.pointee.required = self.required ? 1 : 0
        if let value = self.minimum {
            c.pointee.minimum = value.makeC(in: arena)
        }
        if let value = self.maximum {
            c.pointee.maximum = value.makeC(in: arena)
        }
        c.pointee.decimals = self.decimals
        c.pointee.text_limit = self.textLimit
        c.pointee.personal = self.personal ? 1 : 0
        if let value = self.precision {
            c.pointee.precision = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.Table {
    public static let messageName = "quality.registry.v1.Table"

    public static let schema = MessageSchema(Quality__Registry__V1__Table.self, quality__registry__v1__table__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Table.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Table>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Table.code")
        self.label = try texts.text(c.pointee.label.data, c.pointee.label.len, "quality.registry.v1.Table.label")
        self.fields = try Decoding.messages(c.pointee.n_fields, c.pointee.fields) { (element) throws(RPCError) in
            try RegistryV1.Field(fromC: element, texts)
        }
        self.minimumRows = c.pointee.minimum_rows
        self.maximumRows = c.pointee.maximum_rows
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Table> {
        let c = arena.allocate(Quality__Registry__V1__Table.self)
        quality__registry__v1__table__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.label.len, c.pointee.label.data) = arena.copy(self.label)
        (c.pointee.n_fields, c.pointee.fields) = arena.copy(self.fields) { element in
            element.makeC(in: arena)
        }
        c.pointee.minimum_rows = self.minimumRows
        c.pointee.maximum_rows = self.maximumRows
        return c
    }
}

extension RegistryV1.Term {
    public static let messageName = "quality.registry.v1.Term"

    public static let schema = MessageSchema(Quality__Registry__V1__Term.self, quality__registry__v1__term__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Term.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Term>, _ texts: TextReader) throws(RPCError) {
        self.field = try texts.text(c.pointee.field.data, c.pointee.field.len, "quality.registry.v1.Term.field")
        self.factor = c.pointee.factor
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Term> {
        let c = arena.allocate(Quality__Registry__V1__Term.self)
        quality__registry__v1__term__init(c)
        (c.pointee.field.len, c.pointee.field.data) = arena.copy(self.field)
        c.pointee.factor = self.factor
        return c
    }
}

extension RegistryV1.Rule {
    public static let messageName = "quality.registry.v1.Rule"

    public static let schema = MessageSchema(Quality__Registry__V1__Rule.self, quality__registry__v1__rule__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Rule.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Rule>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Rule.code")
        self.left = try Decoding.messages(c.pointee.n_left, c.pointee.left) { (element) throws(RPCError) in
            try RegistryV1.Term(fromC: element, texts)
        }
        self.comparison = RegistryV1.Comparison(rawValue: Int32(truncatingIfNeeded: c.pointee.comparison.rawValue))
        self.right = try Decoding.messages(c.pointee.n_right, c.pointee.right) { (element) throws(RPCError) in
            try RegistryV1.Term(fromC: element, texts)
        }
        self.severity = TypeV1.Severity(rawValue: Int32(truncatingIfNeeded: c.pointee.severity.rawValue))
        self.message = try texts.text(c.pointee.message.data, c.pointee.message.len, "quality.registry.v1.Rule.message")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Rule> {
        let c = arena.allocate(Quality__Registry__V1__Rule.self)
        quality__registry__v1__rule__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.n_left, c.pointee.left) = arena.copy(self.left) { element in
            element.makeC(in: arena)
        }
        c.pointee.comparison = Quality__Registry__V1__Comparison(rawValue: .init(truncatingIfNeeded: self.comparison.rawValue))
        (c.pointee.n_right, c.pointee.right) = arena.copy(self.right) { element in
            element.makeC(in: arena)
        }
        c.pointee.severity = Quality__Type__V1__Severity(rawValue: .init(truncatingIfNeeded: self.severity.rawValue))
        (c.pointee.message.len, c.pointee.message.data) = arena.copy(self.message)
        return c
    }
}

extension RegistryV1.FormDefinition {
    public static let messageName = "quality.registry.v1.FormDefinition"

    public static let schema = MessageSchema(Quality__Registry__V1__FormDefinition.self, quality__registry__v1__form_definition__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__FormDefinition.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__FormDefinition>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.FormDefinition.code")
        self.version = c.pointee.version
        self.title = try texts.text(c.pointee.title.data, c.pointee.title.len, "quality.registry.v1.FormDefinition.title")
        self.annex = try texts.text(c.pointee.annex.data, c.pointee.annex.len, "quality.registry.v1.FormDefinition.annex")
        self.fields = try Decoding.messages(c.pointee.n_fields, c.pointee.fields) { (element) throws(RPCError) in
            try RegistryV1.Field(fromC: element, texts)
        }
        self.tables = try Decoding.messages(c.pointee.n_tables, c.pointee.tables) { (element) throws(RPCError) in
            try RegistryV1.Table(fromC: element, texts)
        }
        self.rules = try Decoding.messages(c.pointee.n_rules, c.pointee.rules) { (element) throws(RPCError) in
            try RegistryV1.Rule(fromC: element, texts)
        }
        self.reporters = RegistryV1.ReporterGroup(rawValue: Int32(truncatingIfNeeded: c.pointee.reporters.rawValue))
        self.expectedReporters = try Decoding.array(c.pointee.n_expected_reporters, c.pointee.expected_reporters) { (element) throws(RPCError) in
            try texts.text(element.data, element.len, "quality.registry.v1.FormDefinition.expected_reporters")
        }
        if let message = c.pointee.due_date {
            self.dueDate = try TypeV1.Date(fromC: message, texts)
        } else {
            self.dueDate = nil
        }
        if let message = c.pointee.lock_date {
            self.lockDate = try TypeV1.Date(fromC: message, texts)
        } else {
            self.lockDate = nil
        }
        self.dueUnixUs = c.pointee.due_unix_us
        self.lockUnixUs = c.pointee.lock_unix_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__FormDefinition> {
        let c = arena.allocate(Quality__Registry__V1__FormDefinition.self)
        quality__registry__v1__form_definition__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        c.pointee.version = self.version
        (c.pointee.title.len, c.pointee.title.data) = arena.copy(self.title)
        (c.pointee.annex.len, c.pointee.annex.data) = arena.copy(self.annex)
        (c.pointee.n_fields, c.pointee.fields) = arena.copy(self.fields) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_tables, c.pointee.tables) = arena.copy(self.tables) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_rules, c.pointee.rules) = arena.copy(self.rules) { element in
            element.makeC(in: arena)
        }
        c.pointee.reporters = Quality__Registry__V1__ReporterGroup(rawValue: .init(truncatingIfNeeded: self.reporters.rawValue))
        (c.pointee.n_expected_reporters, c.pointee.expected_reporters) = arena.copy(self.expectedReporters) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        if let value = self.dueDate {
            c.pointee.due_date = value.makeC(in: arena)
        }
        if let value = self.lockDate {
            c.pointee.lock_date = value.makeC(in: arena)
        }
        c.pointee.due_unix_us = self.dueUnixUs
        c.pointee.lock_unix_us = self.lockUnixUs
        return c
    }
}

extension RegistryV1.Notice {
    public static let messageName = "quality.registry.v1.Notice"

    public static let schema = MessageSchema(Quality__Registry__V1__Notice.self, quality__registry__v1__notice__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Notice.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Notice>, _ texts: TextReader) throws(RPCError) {
        self.documentNumber = try texts.text(c.pointee.document_number.data, c.pointee.document_number.len, "quality.registry.v1.Notice.document_number")
        self.title = try texts.text(c.pointee.title.data, c.pointee.title.len, "quality.registry.v1.Notice.title")
        self.issuer = try texts.text(c.pointee.issuer.data, c.pointee.issuer.len, "quality.registry.v1.Notice.issuer")
        if let message = c.pointee.issued_on {
            self.issuedOn = try TypeV1.Date(fromC: message, texts)
        } else {
            self.issuedOn = nil
        }
        self.forwards = try texts.text(c.pointee.forwards.data, c.pointee.forwards.len, "quality.registry.v1.Notice.forwards")
        self.body = try texts.text(c.pointee.body.data, c.pointee.body.len, "quality.registry.v1.Notice.body")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Notice> {
        let c = arena.allocate(Quality__Registry__V1__Notice.self)
        quality__registry__v1__notice__init(c)
        (c.pointee.document_number.len, c.pointee.document_number.data) = arena.copy(self.documentNumber)
        (c.pointee.title.len, c.pointee.title.data) = arena.copy(self.title)
        (c.pointee.issuer.len, c.pointee.issuer.data) = arena.copy(self.issuer)
        if let value = self.issuedOn {
            c.pointee.issued_on = value.makeC(in: arena)
        }
        (c.pointee.forwards.len, c.pointee.forwards.data) = arena.copy(self.forwards)
        (c.pointee.body.len, c.pointee.body.data) = arena.copy(self.body)
        return c
    }
}

extension RegistryV1.Campaign {
    public static let messageName = "quality.registry.v1.Campaign"

    public static let schema = MessageSchema(Quality__Registry__V1__Campaign.self, quality__registry__v1__campaign__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__Campaign.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__Campaign>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.Campaign.code")
        self.title = try texts.text(c.pointee.title.data, c.pointee.title.len, "quality.registry.v1.Campaign.title")
        self.year = c.pointee.year
        self.issuer = try texts.text(c.pointee.issuer.data, c.pointee.issuer.len, "quality.registry.v1.Campaign.issuer")
        self.theme = try texts.text(c.pointee.theme.data, c.pointee.theme.len, "quality.registry.v1.Campaign.theme")
        self.slogans = try Decoding.array(c.pointee.n_slogans, c.pointee.slogans) { (element) throws(RPCError) in
            try texts.text(element.data, element.len, "quality.registry.v1.Campaign.slogans")
        }
        if let message = c.pointee.begins_on {
            self.beginsOn = try TypeV1.Date(fromC: message, texts)
        } else {
            self.beginsOn = nil
        }
        if let message = c.pointee.ends_on {
            self.endsOn = try TypeV1.Date(fromC: message, texts)
        } else {
            self.endsOn = nil
        }
        self.notices = try Decoding.messages(c.pointee.n_notices, c.pointee.notices) { (element) throws(RPCError) in
            try RegistryV1.Notice(fromC: element, texts)
        }
        self.forms = try Decoding.messages(c.pointee.n_forms, c.pointee.forms) { (element) throws(RPCError) in
            try RegistryV1.FormDefinition(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__Campaign> {
        let c = arena.allocate(Quality__Registry__V1__Campaign.self)
        quality__registry__v1__campaign__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.title.len, c.pointee.title.data) = arena.copy(self.title)
        c.pointee.year = self.year
        (c.pointee.issuer.len, c.pointee.issuer.data) = arena.copy(self.issuer)
        (c.pointee.theme.len, c.pointee.theme.data) = arena.copy(self.theme)
        (c.pointee.n_slogans, c.pointee.slogans) = arena.copy(self.slogans) { element in
            let (count, start) = arena.copy(element)
            return ProtobufCBinaryData(len: count, data: start)
        }
        if let value = self.beginsOn {
            c.pointee.begins_on = value.makeC(in: arena)
        }
        if let value = self.endsOn {
            c.pointee.ends_on = value.makeC(in: arena)
        }
        (c.pointee.n_notices, c.pointee.notices) = arena.copy(self.notices) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_forms, c.pointee.forms) = arena.copy(self.forms) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.PublishCampaignRequest {
    public static let messageName = "quality.registry.v1.PublishCampaignRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__PublishCampaignRequest.self, quality__registry__v1__publish_campaign_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__PublishCampaignRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__PublishCampaignRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.campaign {
            self.campaign = try RegistryV1.Campaign(fromC: message, texts)
        } else {
            self.campaign = nil
        }
        self.organisations = try Decoding.messages(c.pointee.n_organisations, c.pointee.organisations) { (element) throws(RPCError) in
            try RegistryV1.Organisation(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__PublishCampaignRequest> {
        let c = arena.allocate(Quality__Registry__V1__PublishCampaignRequest.self)
        quality__registry__v1__publish_campaign_request__init(c)
        if let value = self.campaign {
            c.pointee.campaign = value.makeC(in: arena)
        }
        (c.pointee.n_organisations, c.pointee.organisations) = arena.copy(self.organisations) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.PublishCampaignResponse {
    public static let messageName = "quality.registry.v1.PublishCampaignResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__PublishCampaignResponse.self, quality__registry__v1__publish_campaign_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__PublishCampaignResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__PublishCampaignResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.campaign {
            self.campaign = try RegistryV1.Campaign(fromC: message, texts)
        } else {
            self.campaign = nil
        }
        if let message = c.pointee.position {
            self.position = try TypeV1.JournalPosition(fromC: message, texts)
        } else {
            self.position = nil
        }
        self.alreadyPublished = c.pointee.already_published != 0
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__PublishCampaignResponse> {
        let c = arena.allocate(Quality__Registry__V1__PublishCampaignResponse.self)
        quality__registry__v1__publish_campaign_response__init(c)
        if let value = self.campaign {
            c.pointee.campaign = value.makeC(in: arena)
        }
        if let value = self.position {
            c.pointee.position = value.makeC(in: arena)
        }
        c.pointee.already_published = self.alreadyPublished ? 1 : 0
        return c
    }
}

extension RegistryV1.GetCampaignRequest {
    public static let messageName = "quality.registry.v1.GetCampaignRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__GetCampaignRequest.self, quality__registry__v1__get_campaign_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetCampaignRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetCampaignRequest>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.GetCampaignRequest.code")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetCampaignRequest> {
        let c = arena.allocate(Quality__Registry__V1__GetCampaignRequest.self)
        quality__registry__v1__get_campaign_request__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        return c
    }
}

extension RegistryV1.GetCampaignResponse {
    public static let messageName = "quality.registry.v1.GetCampaignResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__GetCampaignResponse.self, quality__registry__v1__get_campaign_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetCampaignResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetCampaignResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.campaign {
            self.campaign = try RegistryV1.Campaign(fromC: message, texts)
        } else {
            self.campaign = nil
        }
        if let message = c.pointee.position {
            self.position = try TypeV1.JournalPosition(fromC: message, texts)
        } else {
            self.position = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetCampaignResponse> {
        let c = arena.allocate(Quality__Registry__V1__GetCampaignResponse.self)
        quality__registry__v1__get_campaign_response__init(c)
        if let value = self.campaign {
            c.pointee.campaign = value.makeC(in: arena)
        }
        if let value = self.position {
            c.pointee.position = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListCampaignsRequest {
    public static let messageName = "quality.registry.v1.ListCampaignsRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__ListCampaignsRequest.self, quality__registry__v1__list_campaigns_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListCampaignsRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListCampaignsRequest>, _ texts: TextReader) throws(RPCError) {
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListCampaignsRequest> {
        let c = arena.allocate(Quality__Registry__V1__ListCampaignsRequest.self)
        quality__registry__v1__list_campaigns_request__init(c)
        return c
    }
}

extension RegistryV1.CampaignSummary {
    public static let messageName = "quality.registry.v1.CampaignSummary"

    public static let schema = MessageSchema(Quality__Registry__V1__CampaignSummary.self, quality__registry__v1__campaign_summary__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__CampaignSummary.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__CampaignSummary>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.CampaignSummary.code")
        self.title = try texts.text(c.pointee.title.data, c.pointee.title.len, "quality.registry.v1.CampaignSummary.title")
        self.year = c.pointee.year
        self.issuer = try texts.text(c.pointee.issuer.data, c.pointee.issuer.len, "quality.registry.v1.CampaignSummary.issuer")
        self.theme = try texts.text(c.pointee.theme.data, c.pointee.theme.len, "quality.registry.v1.CampaignSummary.theme")
        self.publishedUnixUs = c.pointee.published_unix_us
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__CampaignSummary> {
        let c = arena.allocate(Quality__Registry__V1__CampaignSummary.self)
        quality__registry__v1__campaign_summary__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        (c.pointee.title.len, c.pointee.title.data) = arena.copy(self.title)
        c.pointee.year = self.year
        (c.pointee.issuer.len, c.pointee.issuer.data) = arena.copy(self.issuer)
        (c.pointee.theme.len, c.pointee.theme.data) = arena.copy(self.theme)
        c.pointee.published_unix_us = self.publishedUnixUs
        return c
    }
}

extension RegistryV1.ListCampaignsResponse {
    public static let messageName = "quality.registry.v1.ListCampaignsResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__ListCampaignsResponse.self, quality__registry__v1__list_campaigns_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListCampaignsResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListCampaignsResponse>, _ texts: TextReader) throws(RPCError) {
        self.campaigns = try Decoding.messages(c.pointee.n_campaigns, c.pointee.campaigns) { (element) throws(RPCError) in
            try RegistryV1.CampaignSummary(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListCampaignsResponse> {
        let c = arena.allocate(Quality__Registry__V1__ListCampaignsResponse.self)
        quality__registry__v1__list_campaigns_response__init(c)
        (c.pointee.n_campaigns, c.pointee.campaigns) = arena.copy(self.campaigns) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.GetFormRequest {
    public static let messageName = "quality.registry.v1.GetFormRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__GetFormRequest.self, quality__registry__v1__get_form_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetFormRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetFormRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.registry.v1.GetFormRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.registry.v1.GetFormRequest.form")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetFormRequest> {
        let c = arena.allocate(Quality__Registry__V1__GetFormRequest.self)
        quality__registry__v1__get_form_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        return c
    }
}

extension RegistryV1.GetFormResponse {
    public static let messageName = "quality.registry.v1.GetFormResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__GetFormResponse.self, quality__registry__v1__get_form_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetFormResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetFormResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.form {
            self.form = try RegistryV1.FormDefinition(fromC: message, texts)
        } else {
            self.form = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetFormResponse> {
        let c = arena.allocate(Quality__Registry__V1__GetFormResponse.self)
        quality__registry__v1__get_form_response__init(c)
        if let value = self.form {
            c.pointee.form = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListExpectedReportersRequest {
    public static let messageName = "quality.registry.v1.ListExpectedReportersRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__ListExpectedReportersRequest.self, quality__registry__v1__list_expected_reporters_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListExpectedReportersRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListExpectedReportersRequest>, _ texts: TextReader) throws(RPCError) {
        self.campaign = try texts.text(c.pointee.campaign.data, c.pointee.campaign.len, "quality.registry.v1.ListExpectedReportersRequest.campaign")
        self.form = try texts.text(c.pointee.form.data, c.pointee.form.len, "quality.registry.v1.ListExpectedReportersRequest.form")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListExpectedReportersRequest> {
        let c = arena.allocate(Quality__Registry__V1__ListExpectedReportersRequest.self)
        quality__registry__v1__list_expected_reporters_request__init(c)
        (c.pointee.campaign.len, c.pointee.campaign.data) = arena.copy(self.campaign)
        (c.pointee.form.len, c.pointee.form.data) = arena.copy(self.form)
        return c
    }
}

extension RegistryV1.ListExpectedReportersResponse {
    public static let messageName = "quality.registry.v1.ListExpectedReportersResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__ListExpectedReportersResponse.self, quality__registry__v1__list_expected_reporters_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListExpectedReportersResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListExpectedReportersResponse>, _ texts: TextReader) throws(RPCError) {
        self.organisations = try Decoding.messages(c.pointee.n_organisations, c.pointee.organisations) { (element) throws(RPCError) in
            try RegistryV1.Organisation(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListExpectedReportersResponse> {
        let c = arena.allocate(Quality__Registry__V1__ListExpectedReportersResponse.self)
        quality__registry__v1__list_expected_reporters_response__init(c)
        (c.pointee.n_organisations, c.pointee.organisations) = arena.copy(self.organisations) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.RegisterOrganisationRequest {
    public static let messageName = "quality.registry.v1.RegisterOrganisationRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__RegisterOrganisationRequest.self, quality__registry__v1__register_organisation_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__RegisterOrganisationRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__RegisterOrganisationRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.organisation {
            self.organisation = try RegistryV1.Organisation(fromC: message, texts)
        } else {
            self.organisation = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__RegisterOrganisationRequest> {
        let c = arena.allocate(Quality__Registry__V1__RegisterOrganisationRequest.self)
        quality__registry__v1__register_organisation_request__init(c)
        if let value = self.organisation {
            c.pointee.organisation = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.RegisterOrganisationResponse {
    public static let messageName = "quality.registry.v1.RegisterOrganisationResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__RegisterOrganisationResponse.self, quality__registry__v1__register_organisation_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__RegisterOrganisationResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__RegisterOrganisationResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.organisation {
            self.organisation = try RegistryV1.Organisation(fromC: message, texts)
        } else {
            self.organisation = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__RegisterOrganisationResponse> {
        let c = arena.allocate(Quality__Registry__V1__RegisterOrganisationResponse.self)
        quality__registry__v1__register_organisation_response__init(c)
        if let value = self.organisation {
            c.pointee.organisation = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.GetOrganisationRequest {
    public static let messageName = "quality.registry.v1.GetOrganisationRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__GetOrganisationRequest.self, quality__registry__v1__get_organisation_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetOrganisationRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetOrganisationRequest>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.GetOrganisationRequest.code")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetOrganisationRequest> {
        let c = arena.allocate(Quality__Registry__V1__GetOrganisationRequest.self)
        quality__registry__v1__get_organisation_request__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        return c
    }
}

extension RegistryV1.GetOrganisationResponse {
    public static let messageName = "quality.registry.v1.GetOrganisationResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__GetOrganisationResponse.self, quality__registry__v1__get_organisation_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetOrganisationResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetOrganisationResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.organisation {
            self.organisation = try RegistryV1.Organisation(fromC: message, texts)
        } else {
            self.organisation = nil
        }
        self.superiors = try Decoding.messages(c.pointee.n_superiors, c.pointee.superiors) { (element) throws(RPCError) in
            try RegistryV1.Organisation(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetOrganisationResponse> {
        let c = arena.allocate(Quality__Registry__V1__GetOrganisationResponse.self)
        quality__registry__v1__get_organisation_response__init(c)
        if let value = self.organisation {
            c.pointee.organisation = value.makeC(in: arena)
        }
        (c.pointee.n_superiors, c.pointee.superiors) = arena.copy(self.superiors) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListOrganisationsRequest {
    public static let messageName = "quality.registry.v1.ListOrganisationsRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__ListOrganisationsRequest.self, quality__registry__v1__list_organisations_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListOrganisationsRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListOrganisationsRequest>, _ texts: TextReader) throws(RPCError) {
        self.superior = try texts.text(c.pointee.superior.data, c.pointee.superior.len, "quality.registry.v1.ListOrganisationsRequest.superior")
        self.pageSize = c.pointee.page_size
        self.pageToken = try texts.text(c.pointee.page_token.data, c.pointee.page_token.len, "quality.registry.v1.ListOrganisationsRequest.page_token")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListOrganisationsRequest> {
        let c = arena.allocate(Quality__Registry__V1__ListOrganisationsRequest.self)
        quality__registry__v1__list_organisations_request__init(c)
        (c.pointee.superior.len, c.pointee.superior.data) = arena.copy(self.superior)
        c.pointee.page_size = self.pageSize
        (c.pointee.page_token.len, c.pointee.page_token.data) = arena.copy(self.pageToken)
        return c
    }
}

extension RegistryV1.ListOrganisationsResponse {
    public static let messageName = "quality.registry.v1.ListOrganisationsResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__ListOrganisationsResponse.self, quality__registry__v1__list_organisations_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListOrganisationsResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListOrganisationsResponse>, _ texts: TextReader) throws(RPCError) {
        self.organisations = try Decoding.messages(c.pointee.n_organisations, c.pointee.organisations) { (element) throws(RPCError) in
            try RegistryV1.Organisation(fromC: element, texts)
        }
        self.nextPageToken = try texts.text(c.pointee.next_page_token.data, c.pointee.next_page_token.len, "quality.registry.v1.ListOrganisationsResponse.next_page_token")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListOrganisationsResponse> {
        let c = arena.allocate(Quality__Registry__V1__ListOrganisationsResponse.self)
        quality__registry__v1__list_organisations_response__init(c)
        (c.pointee.n_organisations, c.pointee.organisations) = arena.copy(self.organisations) { element in
            element.makeC(in: arena)
        }
        (c.pointee.next_page_token.len, c.pointee.next_page_token.data) = arena.copy(self.nextPageToken)
        return c
    }
}

extension RegistryV1.RegisterIdentityRequest {
    public static let messageName = "quality.registry.v1.RegisterIdentityRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__RegisterIdentityRequest.self, quality__registry__v1__register_identity_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__RegisterIdentityRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__RegisterIdentityRequest>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.identity {
            self.identity = try RegistryV1.Identity(fromC: message, texts)
        } else {
            self.identity = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__RegisterIdentityRequest> {
        let c = arena.allocate(Quality__Registry__V1__RegisterIdentityRequest.self)
        quality__registry__v1__register_identity_request__init(c)
        if let value = self.identity {
            c.pointee.identity = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.RegisterIdentityResponse {
    public static let messageName = "quality.registry.v1.RegisterIdentityResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__RegisterIdentityResponse.self, quality__registry__v1__register_identity_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__RegisterIdentityResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__RegisterIdentityResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.identity {
            self.identity = try RegistryV1.Identity(fromC: message, texts)
        } else {
            self.identity = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__RegisterIdentityResponse> {
        let c = arena.allocate(Quality__Registry__V1__RegisterIdentityResponse.self)
        quality__registry__v1__register_identity_response__init(c)
        if let value = self.identity {
            c.pointee.identity = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListIdentitiesRequest {
    public static let messageName = "quality.registry.v1.ListIdentitiesRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__ListIdentitiesRequest.self, quality__registry__v1__list_identities_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListIdentitiesRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListIdentitiesRequest>, _ texts: TextReader) throws(RPCError) {
        self.organisationCode = try texts.text(c.pointee.organisation_code.data, c.pointee.organisation_code.len, "quality.registry.v1.ListIdentitiesRequest.organisation_code")
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListIdentitiesRequest> {
        let c = arena.allocate(Quality__Registry__V1__ListIdentitiesRequest.self)
        quality__registry__v1__list_identities_request__init(c)
        (c.pointee.organisation_code.len, c.pointee.organisation_code.data) = arena.copy(self.organisationCode)
        return c
    }
}

extension RegistryV1.ListIdentitiesResponse {
    public static let messageName = "quality.registry.v1.ListIdentitiesResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__ListIdentitiesResponse.self, quality__registry__v1__list_identities_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListIdentitiesResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListIdentitiesResponse>, _ texts: TextReader) throws(RPCError) {
        self.identities = try Decoding.messages(c.pointee.n_identities, c.pointee.identities) { (element) throws(RPCError) in
            try RegistryV1.Identity(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListIdentitiesResponse> {
        let c = arena.allocate(Quality__Registry__V1__ListIdentitiesResponse.self)
        quality__registry__v1__list_identities_response__init(c)
        (c.pointee.n_identities, c.pointee.identities) = arena.copy(self.identities) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.GetDivisionRequest {
    public static let messageName = "quality.registry.v1.GetDivisionRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__GetDivisionRequest.self, quality__registry__v1__get_division_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetDivisionRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetDivisionRequest>, _ texts: TextReader) throws(RPCError) {
        self.code = try texts.text(c.pointee.code.data, c.pointee.code.len, "quality.registry.v1.GetDivisionRequest.code")
        if let message = c.pointee.on {
            self.on = try TypeV1.Date(fromC: message, texts)
        } else {
            self.on = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetDivisionRequest> {
        let c = arena.allocate(Quality__Registry__V1__GetDivisionRequest.self)
        quality__registry__v1__get_division_request__init(c)
        (c.pointee.code.len, c.pointee.code.data) = arena.copy(self.code)
        if let value = self.on {
            c.pointee.on = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.GetDivisionResponse {
    public static let messageName = "quality.registry.v1.GetDivisionResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__GetDivisionResponse.self, quality__registry__v1__get_division_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__GetDivisionResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__GetDivisionResponse>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.division {
            self.division = try RegistryV1.Division(fromC: message, texts)
        } else {
            self.division = nil
        }
        self.ancestors = try Decoding.messages(c.pointee.n_ancestors, c.pointee.ancestors) { (element) throws(RPCError) in
            try RegistryV1.Division(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__GetDivisionResponse> {
        let c = arena.allocate(Quality__Registry__V1__GetDivisionResponse.self)
        quality__registry__v1__get_division_response__init(c)
        if let value = self.division {
            c.pointee.division = value.makeC(in: arena)
        }
        (c.pointee.n_ancestors, c.pointee.ancestors) = arena.copy(self.ancestors) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListDivisionsRequest {
    public static let messageName = "quality.registry.v1.ListDivisionsRequest"

    public static let schema = MessageSchema(Quality__Registry__V1__ListDivisionsRequest.self, quality__registry__v1__list_divisions_request__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListDivisionsRequest.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListDivisionsRequest>, _ texts: TextReader) throws(RPCError) {
        self.parentCode = try texts.text(c.pointee.parent_code.data, c.pointee.parent_code.len, "quality.registry.v1.ListDivisionsRequest.parent_code")
        if let message = c.pointee.on {
            self.on = try TypeV1.Date(fromC: message, texts)
        } else {
            self.on = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListDivisionsRequest> {
        let c = arena.allocate(Quality__Registry__V1__ListDivisionsRequest.self)
        quality__registry__v1__list_divisions_request__init(c)
        (c.pointee.parent_code.len, c.pointee.parent_code.data) = arena.copy(self.parentCode)
        if let value = self.on {
            c.pointee.on = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.ListDivisionsResponse {
    public static let messageName = "quality.registry.v1.ListDivisionsResponse"

    public static let schema = MessageSchema(Quality__Registry__V1__ListDivisionsResponse.self, quality__registry__v1__list_divisions_response__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__ListDivisionsResponse.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__ListDivisionsResponse>, _ texts: TextReader) throws(RPCError) {
        self.divisions = try Decoding.messages(c.pointee.n_divisions, c.pointee.divisions) { (element) throws(RPCError) in
            try RegistryV1.Division(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__ListDivisionsResponse> {
        let c = arena.allocate(Quality__Registry__V1__ListDivisionsResponse.self)
        quality__registry__v1__list_divisions_response__init(c)
        (c.pointee.n_divisions, c.pointee.divisions) = arena.copy(self.divisions) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.CampaignPublished {
    public static let messageName = "quality.registry.v1.CampaignPublished"

    public static let schema = MessageSchema(Quality__Registry__V1__CampaignPublished.self, quality__registry__v1__campaign_published__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__CampaignPublished.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__CampaignPublished>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.campaign {
            self.campaign = try RegistryV1.Campaign(fromC: message, texts)
        } else {
            self.campaign = nil
        }
        self.organisations = try Decoding.messages(c.pointee.n_organisations, c.pointee.organisations) { (element) throws(RPCError) in
            try RegistryV1.Organisation(fromC: element, texts)
        }
        self.divisions = try Decoding.messages(c.pointee.n_divisions, c.pointee.divisions) { (element) throws(RPCError) in
            try RegistryV1.Division(fromC: element, texts)
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__CampaignPublished> {
        let c = arena.allocate(Quality__Registry__V1__CampaignPublished.self)
        quality__registry__v1__campaign_published__init(c)
        if let value = self.campaign {
            c.pointee.campaign = value.makeC(in: arena)
        }
        (c.pointee.n_organisations, c.pointee.organisations) = arena.copy(self.organisations) { element in
            element.makeC(in: arena)
        }
        (c.pointee.n_divisions, c.pointee.divisions) = arena.copy(self.divisions) { element in
            element.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.OrganisationRegistered {
    public static let messageName = "quality.registry.v1.OrganisationRegistered"

    public static let schema = MessageSchema(Quality__Registry__V1__OrganisationRegistered.self, quality__registry__v1__organisation_registered__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__OrganisationRegistered.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__OrganisationRegistered>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.organisation {
            self.organisation = try RegistryV1.Organisation(fromC: message, texts)
        } else {
            self.organisation = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__OrganisationRegistered> {
        let c = arena.allocate(Quality__Registry__V1__OrganisationRegistered.self)
        quality__registry__v1__organisation_registered__init(c)
        if let value = self.organisation {
            c.pointee.organisation = value.makeC(in: arena)
        }
        return c
    }
}

extension RegistryV1.IdentityRegistered {
    public static let messageName = "quality.registry.v1.IdentityRegistered"

    public static let schema = MessageSchema(Quality__Registry__V1__IdentityRegistered.self, quality__registry__v1__identity_registered__init)

    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
    ) throws(RPCError) -> Self {
        try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
            try Self(fromC: c.assumingMemoryBound(to: Quality__Registry__V1__IdentityRegistered.self), texts)
        }
    }

    public func withEncodedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
    }

    init(fromC c: UnsafePointer<Quality__Registry__V1__IdentityRegistered>, _ texts: TextReader) throws(RPCError) {
        if let message = c.pointee.identity {
            self.identity = try RegistryV1.Identity(fromC: message, texts)
        } else {
            self.identity = nil
        }
    }

    func makeC(in arena: Arena) -> UnsafeMutablePointer<Quality__Registry__V1__IdentityRegistered> {
        let c = arena.allocate(Quality__Registry__V1__IdentityRegistered.self)
        quality__registry__v1__identity_registered__init(c)
        if let value = self.identity {
            c.pointee.identity = value.makeC(in: arena)
        }
        return c
    }
}
