public import Messages
public import Reporting

extension RegistryV1.Organisation {
    public init(_ value: Organisation) {
        let kind: RegistryV1.OrganisationKind =
            switch value.kind {
            case .authority: .authority
            case .department: .department
            case .association: .association
            case .enterprise: .enterprise
            }
        self.init(
            code: value.code, name: value.name, kind: kind, divisionCode: value.divisionCode,
            reportsTo: value.reportsTo ?? "")
    }
}

extension Organisation {
    /// Throws when the kind is none that this version knows. Whether the rest is right, ``problems()`` says.
    public init(_ message: RegistryV1.Organisation) throws(TranslationError) {
        let kind: Kind
        switch message.kind {
        case .authority: kind = .authority
        case .department: kind = .department
        case .association: kind = .association
        case .enterprise: kind = .enterprise
        case .unspecified, .unrecognized:
            throw TranslationError("/organisations/\(message.code)/kind", "机构类别未填或无法识别")
        }
        self.init(
            code: message.code, name: message.name, kind: kind, divisionCode: message.divisionCode,
            reportsTo: message.reportsTo.isEmpty ? nil : message.reportsTo)
    }
}

extension RegistryV1.Division {
    public init(_ value: Division) {
        self.init(
            code: value.code, name: value.name, level: UInt32(value.level.rawValue), parentCode: value.parentCode ?? "",
            effectiveFrom: value.effectiveFrom.map { TypeV1.Date($0) },
            effectiveUntil: value.effectiveUntil.map { TypeV1.Date($0) })
    }
}

extension Division {
    /// Throws when the level is not 1 to 3 or a date does not exist.
    public init(_ message: RegistryV1.Division) throws(TranslationError) {
        let place = "/divisions/\(message.code)"
        guard let level = UInt8(exactly: message.level).flatMap(Level.init(rawValue:)) else {
            throw TranslationError("\(place)/level", "行政区划级别应为1至3，实为\(message.level)")
        }
        func date(_ date: TypeV1.Date?, _ name: String) throws(TranslationError) -> CivilDate? {
            guard let date else { return nil }
            guard let value = CivilDate(date) else { throw TranslationError("\(place)/\(name)", "日期不存在") }
            return value
        }
        self.init(
            code: message.code, name: message.name, level: level,
            parentCode: message.parentCode.isEmpty ? nil : message.parentCode,
            effectiveFrom: try date(message.effectiveFrom, "effective_from"),
            effectiveUntil: try date(message.effectiveUntil, "effective_until"))
    }
}
