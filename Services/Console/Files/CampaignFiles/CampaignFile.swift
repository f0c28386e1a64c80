public import Messages
internal import YAMLText
internal import Yams

/// A campaign file (compose/campaigns/README.md): a campaign, its notices, organisations and forms, in YAML.
public enum CampaignFile {
    /// The largest file that is read. The largest of the notices' files has 30 KB.
    public static let maximumBytes = 4 * 1024 * 1024

    /// Reads a file's content. `name` is the file's name, for the errors.
    ///
    /// Checks that the file has the format's keys, with values that can be read; whether the campaign may be published
    /// (codes, dates, reporting line, rules) is the registry's to say. The error names every fault at once.
    public static func read(
        _ bytes: [UInt8], name: String
    ) throws(CampaignFileError) -> RegistryV1.PublishCampaignRequest {
        guard bytes.count <= maximumBytes else {
            throw CampaignFileError(
                file: name, "has \(bytes.count) bytes; at most \(maximumBytes) are read: is this a campaign file?")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CampaignFileError(file: name, "is not UTF-8 text: save it as UTF-8")
        }
        let faults = CampaignFileFaults()
        let request: RegistryV1.PublishCampaignRequest
        do {
            guard let root = try compose(yaml: text) else {
                throw CampaignFileError(file: name, "is empty: see compose/campaigns/README.md for the format")
            }
            request = CampaignFileMapping.read(root, at: "", faults, Self.request) ?? .init()
        } catch let error as CampaignFileError {
            throw error
        } catch {
            throw CampaignFileError(file: name, error)
        }
        guard faults.found.isEmpty else { throw CampaignFileError(file: name, faults: faults.found) }
        return request
    }
}

/// What is wrong with a campaign file: every fault, in the file's order.
public struct CampaignFileError: Error, Hashable, CustomStringConvertible {
    public struct Fault: Sendable, Hashable, Comparable {
        /// From 1; 0 when the fault is the whole file's.
        public var line: Int
        /// From 1, in characters; 0 when the fault is the whole file's.
        public var column: Int
        /// The key, e.g. "forms[0].due_date"; empty for the whole file.
        public var place: String
        /// What is wrong, and what to do about it.
        public var message: String

        public static func < (left: Fault, right: Fault) -> Bool {
            (left.line, left.column) < (right.line, right.column)
        }
    }

    public var file: String
    /// At least one.
    public var faults: [Fault]

    init(file: String, faults: [Fault]) {
        self.file = file
        self.faults = faults.sorted()
    }

    init(file: String, _ message: String) {
        self.init(file: file, faults: [Fault(line: 0, column: 0, place: "", message: message)])
    }

    /// One fault a line: "FILE:LINE:COLUMN: KEY: MESSAGE".
    public var description: String {
        faults.map { fault in
            let position = fault.line > 0 ? ":\(fault.line):\(fault.column)" : ""
            return "\(file)\(position): \(fault.place.isEmpty ? "" : "\(fault.place): ")\(fault.message)"
        }
        .joined(separator: "\n")
    }
}

extension CampaignFileError {
    /// Translates what Yams says of a text that is no YAML.
    init(file: String, _ error: any Error) {
        let fault = YAMLFault(error)
        self.init(
            file: file, faults: [Fault(line: fault.line, column: fault.column, place: "", message: fault.message)])
    }
}
