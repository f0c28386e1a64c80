internal import Configuration
internal import Foundation
internal import YAMLText
internal import Yams

/// What a program was configured with: flags before environment before file. Every error names the key, where its value
/// came from and what to do.
public struct ServiceConfiguration: Sendable {
    private enum Source: Sendable {
        case flag
        case environment
        case file(String)
    }

    // Each on its own, so that an error can say where the value came from.
    private let sources: [(Source, ConfigReader)]
    /// Names below each mapping of the file.
    private let mappings: [String: [[String]]]

    /// - Parameters:
    ///   - flags: values by key name.
    ///   - environment: the process's environment; variables that begin with QM_ are looked at.
    ///   - path: a YAML file, if there is one.
    ///   - keys: all that may stand in the file; anything else there is refused.
    public static func load(
        flags: [String: String], environment: [String: String], file path: String?, keys: [ConfigurationKey]
    ) async throws -> ServiceConfiguration {
        let known = Set(keys.map(\.name))
        for name in flags.keys.sorted() where !known.contains(name) {
            throw StartError(.configuration, "--set \(name): no such key; there are: \(names(keys))")
        }
        var sources: [(Source, ConfigReader)] = [
            (
                .flag,
                reader(
                    InMemoryProvider(
                        values: flags.reduce(into: [:]) { values, flag in
                            values[AbsoluteConfigKey(components(flag.key))] = ConfigValue(
                                .string(flag.value), isSecret: false)
                        }))
            ),
            (
                .environment,
                reader(EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "qm"))
            ),
        ]
        var mappings: [String: [[String]]] = [:]
        if let path {
            mappings = try check(file: path, keys: keys)
            let location = InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)])
            do {
                let provider = try await FileProvider<YAMLSnapshot>(config: ConfigReader(provider: location))
                sources.append((.file(path), reader(provider)))
            } catch {
                throw StartError(.configuration, "\(path): cannot be read: \(error)")
            }
        }
        return ServiceConfiguration(sources: sources, mappings: mappings)
    }

    private static func reader(_ provider: some ConfigProvider) -> ConfigReader {
        ConfigReader(provider: provider)
    }

    private static func components(_ name: String) -> [String] {
        name.split(separator: ".").map(String.init)
    }

    private static func names(_ keys: [ConfigurationKey]) -> String {
        keys.map(\.name).sorted().joined(separator: ", ")
    }

    /// The value of `key` as it was written; `nil` when it is nowhere. An empty value is an error.
    public func text(_ key: ConfigurationKey) throws -> String? {
        guard let (text, _) = try find(key) else { return nil }
        return text
    }

    /// The value of `key`, read by `parse`; `nil` when it is nowhere. `expected` completes "is not ...".
    public func value<Value>(
        _ key: ConfigurationKey, expected: String, _ parse: (String) -> Value?
    ) throws -> Value? {
        guard let (text, source) = try find(key) else { return nil }
        guard let value = parse(text) else {
            throw StartError(
                .configuration, "\(place(source, key)): \"\(text)\" is not \(expected): it is \(key.summary)")
        }
        return value
    }

    /// The value of `key`, or an error that says how to set it.
    public func required(_ key: ConfigurationKey) throws -> String {
        guard let text = try text(key) else {
            throw StartError(
                .configuration,
                "\(key.name) is not set: it is \(key.summary); give it in the file (--config), as \(key.flag) or as "
                    + "\(key.environmentVariable)")
        }
        return text
    }

    /// What the file has below a key that is a mapping: names, which may hold dots, and their lists. A single value is a
    /// list of one.
    public func mapping(_ key: ConfigurationKey) -> [(name: String, values: [String])] {
        guard let (_, file) = sources.last else { return [] }
        return (mappings[key.name] ?? []).map { path in
            let full = ConfigKey(Self.components(key.name) + path)
            let values = file.stringArray(forKey: full) ?? file.string(forKey: full).map { [$0] } ?? []
            return (path.joined(separator: "."), values)
        }
    }

    /// The text of the file that `key` names, and its path. Throws what to do when it is not set or cannot be read.
    public func requiredFile(_ key: ConfigurationKey) throws -> (path: String, text: String) {
        let path = try required(key)
        do throws(FileProblem) {
            return (path, try Self.contents(ofFile: path))
        } catch {
            throw StartError(.configuration, "\(key.name): \(path): \(error.reason): it is \(key.summary)")
        }
    }

    private struct FileProblem: Error {
        let reason: String
    }

    private static func contents(ofFile path: String) throws(FileProblem) -> String {
        if let contents = FileManager.default.contents(atPath: path) {
            return String(decoding: contents, as: UTF8.self)
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw FileProblem(reason: "no such file")
        }
        throw FileProblem(reason: isDirectory.boolValue ? "is a directory and not a file" : "this user may not read it")
    }

    private func find(_ key: ConfigurationKey) throws -> (String, Source)? {
        for (source, reader) in sources {
            let text: String?
            do {
                text = try reader.optionalString(ConfigKey(Self.components(key.name)))
            } catch {
                throw StartError(.configuration, "\(place(source, key)): is not a single value: it is \(key.summary)")
            }
            guard let text else { continue }
            guard !text.isEmpty else {
                throw StartError(
                    .configuration, "\(place(source, key)): is empty: it is \(key.summary); give a value or remove it")
            }
            return (text, source)
        }
        return nil
    }

    private func place(_ source: Source, _ key: ConfigurationKey) -> String {
        switch source {
        case .flag: key.flag
        case .environment: key.environmentVariable
        case .file(let path): "\(path): \(key.name)"
        }
    }
}

// MARK: - The file's keys

extension ServiceConfiguration {
    /// Refuses keys of the file that nobody reads: a misspelt key would otherwise be a default nobody asked for. Gives
    /// back what stands below each key that is a mapping.
    private static func check(file path: String, keys: [ConfigurationKey]) throws -> [String: [[String]]] {
        let text: String
        do throws(FileProblem) {
            text = try contents(ofFile: path)
        } catch {
            throw StartError(.configuration, "\(path): \(error.reason): name another (--config)")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw StartError(.configuration, YAMLFault(error).text(file: path))
        }
        guard let mapping = root?.mapping else {
            throw StartError(.configuration, "\(path): is not a mapping of keys to values; there are: \(names(keys))")
        }
        var mappings: [String: [[String]]] = [:]
        for leaf in leaves(of: mapping, below: []) {
            let name = leaf.joined(separator: ".")
            if keys.contains(where: { $0.name == name && !$0.isMapping }) { continue }
            guard let key = keys.first(where: { $0.isMapping && name.hasPrefix($0.name + ".") }) else {
                throw StartError(
                    .configuration, "\(path): \(name): no such key; there are: \(names(keys))")
            }
            mappings[key.name, default: []].append(Array(leaf.dropFirst(components(key.name).count)))
        }
        return mappings
    }

    private static func leaves(of mapping: Node.Mapping, below path: [String]) -> [[String]] {
        mapping.flatMap { key, value in
            let path = path + [key.string ?? "?"]
            return value.mapping.map { leaves(of: $0, below: path) } ?? [path]
        }
    }
}

extension ConfigReader {
    /// `nil` when there is no value; throws when there is one that is not a text.
    fileprivate func optionalString(_ key: ConfigKey) throws -> String? {
        if let text = string(forKey: key) { return text }
        if stringArray(forKey: key) != nil { throw StartError(.configuration, "a list") }
        return nil
    }
}
