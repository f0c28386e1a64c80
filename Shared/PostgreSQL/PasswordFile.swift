internal import Glibc

/// The file of `passfile`: lines HOST:PORT:DATABASE:USER:PASSWORD as in libpq's `.pgpass`, where `*` stands for any value
/// and a backslash takes the meaning from `:` and `\`. The first line that fits counts.
///
/// Read here and not by libpq, which passes over a file that others may read with a line on standard error, and of whose
/// kin some know no such parameter.
enum PasswordFile {
    private static let largestBytes = 64 * 1024

    /// The password for `address`. `.configuration` when the file cannot be read, when others may read it, or when no
    /// line fits.
    static func password(for address: PostgresAddress, at path: String) throws(PostgresError) -> String {
        guard let password = password(for: address, in: try read(path)) else {
            let line = "\(address.host):\(address.port):\(address.database):\(address.user)"
            throw PostgresAddress.refusal(
                "names the password file \(path), which has no line for \(line): add \(line):PASSWORD")
        }
        return password
    }

    static func password(for address: PostgresAddress, in text: String) -> String? {
        let hosts = address.isSocket ? [address.host, "localhost"] : [address.host]
        let wanted = [hosts, ["\(address.port)"], [address.database], [address.user]]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let fields = fields(of: line)
            guard fields.count == wanted.count + 1 else { continue }
            if zip(fields, wanted).allSatisfy({ $0 == "*" || $1.contains($0) }) { return fields[wanted.count] }
        }
        return nil
    }

    private static func fields(of line: Substring) -> [String] {
        var fields = [""]
        var isEscaped = false
        for character in line {
            if isEscaped {
                fields[fields.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == ":", fields.count < 5 {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    private static func read(_ path: String) throws(PostgresError) -> String {
        // Not blocking, so that a pipe under that name does not hold the program.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0 else {
            throw refusal(path, "cannot be read: \(String(cString: strerror(errno))); name one that this user may read")
        }
        defer { close(descriptor) }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal(path, "is no ordinary file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw refusal(path, "may be read or written by others than its owner: chmod 0600 it, or 0400")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw refusal(path, "cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk.prefix(count)
            guard bytes.count <= largestBytes else { throw refusal(path, "is longer than \(largestBytes) bytes") }
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw refusal(path, "is no UTF-8 text")
        }
        return text
    }

    private static func refusal(_ path: String, _ words: String) -> PostgresError {
        PostgresAddress.refusal("names the password file \(path), which \(words)")
    }
}
