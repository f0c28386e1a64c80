internal import MessageJSON
internal import Messages

extension TypeV1.Receipt {
    /// The name that a receipt's file is given.
    var fileName: String { "\(campaign).\(form).\(reportingUnit).v\(reportVersion).receipt.json" }

    /// The name that its tlog-proof's file is given.
    var proofFileName: String { "\(campaign).\(form).\(reportingUnit).v\(reportVersion).tlog-proof" }

    /// Every field, hashes in hexadecimal: the receipt can be made again from it.
    var json: JSONValue {
        .object([
            "epoch": .text(Hexadecimal.written(position?.epoch ?? [])),
            "index": .number(position?.index ?? 0),
            "sealed_unix_us": .number(sealedUnixUs),
            "campaign": .text(campaign),
            "form": .text(form),
            "form_version": .number(formVersion),
            "reporting_unit": .text(reportingUnit),
            "report_version": .number(reportVersion),
            "digest": .text(Hexadecimal.written(digest)),
            "body_digest": .text(Hexadecimal.written(bodyDigest)),
            "timeliness": .number(timeliness.rawValue),
            "corrected_late": .flag(correctedLate),
            "path": .array(path.map { .text(Hexadecimal.written($0)) }),
            "checkpoint": .text(checkpoint),
        ])
    }

    /// The receipt that ``json`` was made from. Every member must be there, and no other.
    init(json: JSONValue) throws(TextError) {
        var reader = ReceiptReader(json)
        self.init(
            position: TypeV1.JournalPosition(
                epoch: try reader.bytes("epoch"), index: try reader.number("index")),
            sealedUnixUs: try reader.number("sealed_unix_us"),
            campaign: try reader.text("campaign"),
            form: try reader.text("form"),
            formVersion: try reader.number("form_version"),
            reportingUnit: try reader.text("reporting_unit"),
            reportVersion: try reader.number("report_version"),
            digest: try reader.bytes("digest"),
            bodyDigest: try reader.bytes("body_digest"),
            timeliness: TypeV1.Timeliness(rawValue: try reader.number("timeliness")),
            correctedLate: try reader.flag("corrected_late"),
            path: try reader.listOfBytes("path"),
            checkpoint: try reader.text("checkpoint"))
        try reader.finish()
    }
}

private struct ReceiptReader {
    private let receipt: JSONValue
    private var taken: Set<String> = []

    init(_ receipt: JSONValue) {
        self.receipt = receipt
    }

    mutating func text(_ name: String) throws(TextError) -> String {
        guard case .text(let text) = try member(name).content else { throw failure(name, "a text") }
        return text
    }

    mutating func flag(_ name: String) throws(TextError) -> Bool {
        guard case .flag(let flag) = try member(name).content else { throw failure(name, "true or false") }
        return flag
    }

    mutating func number<Integer: FixedWidthInteger>(_ name: String) throws(TextError) -> Integer {
        guard case .number(let digits) = try member(name).content, let number = Integer(digits) else {
            throw failure(name, "a whole number")
        }
        return number
    }

    mutating func bytes(_ name: String) throws(TextError) -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(try text(name)) else { throw failure(name, "bytes in hexadecimal") }
        return bytes
    }

    mutating func listOfBytes(_ name: String) throws(TextError) -> [[UInt8]] {
        guard case .array(let values) = try member(name).content else { throw failure(name, "an array") }
        var list: [[UInt8]] = []
        for value in values {
            guard case .text(let text) = value.content, let bytes = Hexadecimal.bytes(text) else {
                throw failure(name, "bytes in hexadecimal")
            }
            list.append(bytes)
        }
        return list
    }

    func finish() throws(TextError) {
        guard case .object(let members) = receipt.content,
            let unknown = members.first(where: { !taken.contains($0.name) })
        else { return }
        throw TextError(line: unknown.value.line, message: "a receipt has no \"\(unknown.name)\"")
    }

    private mutating func member(_ name: String) throws(TextError) -> JSONValue {
        taken.insert(name)
        guard let value = receipt[name] else {
            throw TextError(line: receipt.line, message: "no receipt: \"\(name)\" is missing")
        }
        return value
    }

    private func failure(_ name: String, _ wanted: String) -> TextError {
        TextError(line: receipt[name]?.line ?? receipt.line, message: "\"\(name)\": \(wanted) is due here")
    }
}
