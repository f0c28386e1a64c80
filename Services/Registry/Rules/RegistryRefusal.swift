public import Reporting

/// Why the registry does not do what it was asked.
public enum RegistryRefusal: Error, Sendable, Hashable {
    /// The caller may not. The remedy says who may.
    case denied(remedy: String)
    /// Everything that is wrong with a campaign or an organisation.
    case problems([DefinitionProblem])
    /// Another campaign has this code.
    case campaignExists(code: String)
    /// The organisation is registered with other data.
    case organisationDiffers(registered: Organisation, offered: Organisation)
    case unknownOrganisation(code: String)
}
