/// The byte-exact examples of `Proto/WIRE.md`: blocks fenced with "frame NAME" or "bytes NAME" whose lines are
/// hexadecimal bytes and, behind a semicolon, what they are; and with "text NAME", whose lines each have a newline.
struct WireDocument {
    struct Example: Equatable {
        var bytes: [UInt8] = []
        /// How the lines cut the bytes: a line with a note and those without one after it are a part.
        var parts: [[UInt8]] = []
    }

    /// By kind, then by name.
    private(set) var frames: [String: Example] = [:]
    private(set) var encodings: [String: Example] = [:]
    private(set) var texts: [String: String] = [:]

    struct Malformed: Error {
        var line: String
    }

    init(markdown: String) throws(Malformed) {
        var open: (kind: Substring, name: String, example: Example)?
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (kind, name, example) = open {
                if line == "```" {
                    guard frames[name] == nil, encodings[name] == nil, texts[name] == nil else {
                        throw Malformed(line: name)
                    }
                    switch kind {
                    case "frame": frames[name] = example
                    case "text": texts[name] = String(decoding: example.bytes, as: UTF8.self)
                    default: encodings[name] = example
                    }
                    open = nil
                } else if kind == "text" {
                    open?.example.bytes += Array("\(line)\n".utf8)
                } else {
                    open?.example = try Self.adding(line, to: example)
                }
            } else if ["```frame ", "```bytes ", "```text "].contains(where: line.hasPrefix) {
                let words = line.dropFirst(3).split(separator: " ")
                guard words.count == 2 else { throw Malformed(line: String(line)) }
                open = (words[0], String(words[1]), Example())
            }
        }
    }

    private static func adding(_ line: Substring, to example: Example) throws(Malformed) -> Example {
        let halves = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for word in halves[0].split(separator: " ") {
            guard word.utf8.count == 2, let byte = UInt8(word, radix: 16) else { throw Malformed(line: String(line)) }
            bytes.append(byte)
        }
        var example = example
        example.bytes += bytes
        if halves.count == 2 || example.parts.isEmpty {
            example.parts.append(bytes)
        } else {
            example.parts[example.parts.count - 1] += bytes
        }
        return example
    }
}
