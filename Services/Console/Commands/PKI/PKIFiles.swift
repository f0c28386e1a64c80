internal import Foundation

/// Files of keys and certificates. No key is ever overwritten: one that is gone cannot be had back.
enum PKIFiles {
    struct File {
        var name: String
        var text: String
        /// Private keys are their owner's alone.
        var isSecret = false
    }

    /// Writes all of them into `directory`, which is made when it is missing, or none: when one is there already the
    /// failure names it and adds `remedy`.
    static func write(_ files: [File], to directory: String, remedy: String) throws(CommandFailure) {
        try ConsoleEnvironment.makeDirectory(directory)
        for file in files {
            let path = path(file.name, in: directory)
            guard !FileManager.default.fileExists(atPath: path) else {
                throw CommandFailure(.input, "\(path): is there already and is never overwritten; \(remedy)")
            }
        }
        for file in files {
            try writeNew(file, path: path(file.name, in: directory))
        }
    }

    /// Puts `text` in the place of a file in one step: who reads it gets the old one or the new one, whole.
    static func replace(_ path: String, with text: String) throws(CommandFailure) {
        let temporary = path + ".new"
        unlink(temporary)
        try writeNew(File(name: "", text: text), path: temporary)
        guard rename(temporary, path) == 0 else { throw unwritable(path) }
    }

    static func path(_ name: String, in directory: String) -> String {
        URL(fileURLWithPath: directory).appendingPathComponent(name).path
    }

    private static func writeNew(_ file: File, path: String) throws(CommandFailure) {
        // Created with its final permissions: a moment in which others can read a key is too long.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isSecret ? 0o600 : 0o644)
        guard descriptor >= 0 else { throw unwritable(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(file.text.utf8))
            try handle.synchronize()
        } catch {
            throw unwritable(path)
        }
    }

    static func unwritable(_ path: String) -> CommandFailure {
        CommandFailure(.input, "\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
