internal import Glibc

/// A directory of a test's own for small files, removed with them at the end.
package final class ScratchDirectory: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/qm-scratch-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            mkdtemp(buffer.baseAddress!)
            return String(cString: buffer.baseAddress!)
        }
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        try? StartedProgram.run(["/bin/rm", "-rf", path])
    }
}
