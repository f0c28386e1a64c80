import Foundation
import Journal
import Messages
import Storage
import TestForeign
import Testing

@testable import Console

@Suite("qmctl journal finds out whether a log is only appended to")
struct JournalCommandTests {
    private let log: FakeJournal

    init() throws {
        log = try FakeJournal()
    }

    /// Expects a refusal that says so, and nothing on the standard output.
    private func refused(
        _ result: CommandResult, _ words: String, code: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.exitCode == code, "\(result)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
    }

    // MARK: - checkpoint, key

    @Test("the checkpoint is printed as it is signed, whatever the key is written as")
    func checkpoint() async throws {
        try await log.append(5)
        let digits = Hexadecimal.written(log.key.publicKey)
        for key in [
            [], ["--key", try log.keyFile()], ["--key", digits], ["--key", try log.file("hex", digits + "\n")],
            ["--key", Self.otherDigits, "--key", digits],
        ] {
            let result = await log.run(["checkpoint"] + key)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output == (try await log.checkpoint()))
            #expect(result.errors.isEmpty)
        }
        #expect(await log.run(["key"]).output == log.key.text + "\n")
    }

    /// A point of the curve whose secret nobody here has.
    private static let otherDigits = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

    @Test("a foreign key, the key of another log, and one that is none")
    func keys() async throws {
        try await log.append(5)
        for command in ["checkpoint", "verify"] {
            refused(await log.run([command, "--key", Self.otherDigits]), "signed with another key")
            let other = try NoteKey(
                name: log.key.name.replacing("02", with: "03"), publicKey: log.key.publicKey, journalSHA256)
            let file = try log.file("other.vkey", other.text)
            refused(await log.run([command, "--key", file]), "the log is \(log.key.name) now, and the key is that of")
            refused(await log.run([command, "--key", "/nowhere"]), "/nowhere: cannot be read", code: 2)
            let none = try log.file("none.vkey", "none")
            refused(await log.run([command, "--key", none]), "no verifier key", code: 2)
        }
    }

    @Test("a bit of a checkpoint that is flipped is found, wherever it is")
    func flippedCheckpoint() async throws {
        try await log.append(5)
        let key = try log.keyFile()
        let count = try await log.checkpoint().utf8.count
        for index in stride(from: 0, to: count, by: 3) {
            let result = await log.run(
                ["checkpoint", "--key", key],
                .init(checkpoint: { response in
                    var bytes = Array(response.checkpoint.utf8)
                    bytes[index] ^= 1
                    response.checkpoint = String(decoding: bytes, as: UTF8.self)
                }))
            #expect(result.exitCode == 1, "byte \(index): \(result)")
            #expect(result.output.isEmpty)
        }
    }

    @Test("another service's log is not taken for this one's")
    func otherOrigin() async throws {
        let registry = try FakeJournal(isRegistry: true)
        try await registry.append(5)
        refused(await registry.run(["verify"]), "which is no log of submission")
    }

    @Test("a log without entries has nothing to check, and is shorter than any other")
    func empty() async throws {
        let full = try FakeJournal()
        try await full.append(5)
        let kept = try await full.keep()
        for arguments in [["checkpoint"], ["verify"], ["verify", "--entries"], ["tiles", log.directory + "/copy"]] {
            refused(await log.run(arguments), "no entries yet")
        }
        refused(await log.run(["verify", "--since", kept]), "a shorter tree")
        refused(await log.run(["verify", "--since", kept, "--entries"]), "a shorter tree")
    }

    // MARK: - compare

    @Test("checkpoints that were kept are held against the log, each, and the first that does not hold is named")
    func compare() async throws {
        var notes = ""
        for count in [1, 255, 300] {
            try await log.append(count)
            notes += try await log.checkpoint()
        }
        try await log.append(7)
        let key = try log.keyFile()
        let all = await log.run(["compare", "--key", key, try log.file("kept", notes)])
        #expect(all.exitCode == 0, "\(all.errors)")
        #expect(all.output.split(separator: "\n").filter { $0.hasPrefix("holds: ") }.count == 3)
        #expect(all.output.contains("holds: 256 entries") && all.output.contains("all 3 checkpoints"))

        // The same epoch and key, another entry among the first.
        let rewritten = try FakeJournal()
        try await rewritten.append(1)
        try await rewritten.append(255, "rewritten")
        try await rewritten.append(400)
        let other = await rewritten.run(["compare", "--key", key, try log.file("kept", notes)])
        #expect(other.exitCode == 1)
        #expect(other.output.contains("holds: 1 entries") && !other.output.contains("holds: 256"))
        #expect(other.errors.contains("kept, checkpoint 2: the log does not begin with the 256 entries"), "\(other)")

        let shorter = try FakeJournal()
        try await shorter.append(1)
        try await shorter.append(255)
        let short = await shorter.run(["compare", try log.file("kept", notes)])
        #expect(short.errors.contains("kept, checkpoint 3: it covers 556 entries, and the log has 256 now"), "\(short)")
        let renewed = try FakeJournal(epoch: 3)
        try await renewed.append(1)
        refused(await renewed.run(["compare", try log.file("kept", notes)]), "kept, checkpoint 1: it is of the log")
        refused(
            await log.run(["compare", try log.file("kept", notes + "x\n")]), "kept, checkpoint 4: no checkpoint",
            code: 2)
        refused(await log.run(["compare", try log.file("kept", "")]), "no checkpoint", code: 2)
    }

    // MARK: - verify

    @Test(
        "a log is verified by its tiles, by its entries, and from a checkpoint that was kept",
        arguments: [1, 256, 70_000])
    func verifies(count: Int) async throws {
        try await log.append(count)
        let kept = try await log.keep()
        let key = try log.keyFile()
        for _ in 0..<2 {
            let tiles = await log.run(["verify", "--key", key])
            #expect(tiles.exitCode == 0, "\(tiles.errors)")
            #expect(tiles.output.hasPrefix("\(log.key.name): \(log.size) entries, signed by the key given; all "))
            let since = await log.run(["verify", "--key", key, "--since", kept])
            #expect(since.exitCode == 0, "\(since.errors)")
            #expect(since.output.hasSuffix("; it begins with the \(count) entries of \(kept)\n"))
            let entries = await log.run(["verify", "--entries", "--since", kept])
            #expect(entries.exitCode == 0, "\(entries.errors)")
            #expect(entries.output.contains("signed by the key that the service names; all \(log.size) entries fit"))
            try await log.append(300)
        }
    }

    @Test("a flipped bit in any tile, and which one")
    func flippedTile() async throws {
        try await log.append(65_536 + 300)
        for name in ["tile/0/000", "tile/0/001", "tile/0/256", "tile/1/000"] {
            let result = await log.run(
                ["verify"],
                .init(tiles: { request, response in
                    for start in stride(from: 0, to: response.hashes.count, by: 8192) {
                        let position = LogTilePosition(
                            level: Int(request.tileLevel), index: request.tileIndex + UInt64(start / 8192))
                        if position.path == name { response.hashes[start + 100] ^= 4 }
                    }
                }))
            refused(result, "\(name) does not fit the tile above it")
        }
        for level in 0...2 as ClosedRange<UInt32> {
            let result = await log.run(
                ["verify"],
                .init(tiles: { request, response in
                    if request.tileLevel == level, request.hashCount < 256 { response.hashes[0] ^= 1 }
                }))
            refused(result, "do not lead to the checkpoint's root")
        }
        refused(await log.run(["verify"], .init(tiles: { _, response in response.hashes.removeLast() })), "instead of")
    }

    @Test("a proof that is none")
    func badProof() async throws {
        try await log.append(5)
        let kept = try await log.keep()
        try await log.append(6)
        let verify = ["verify", "--since", kept]
        refused(await log.run(verify, .init(consistency: { $0.path[0][0] ^= 1 })), "a second history")
        refused(await log.run(verify, .init(consistency: { $0.path.removeLast() })), "is no such proof")
        refused(await log.run(verify, .init(consistency: { $0.path[0].removeLast() })), "has not 32 bytes")
    }

    @Test("a shorter tree, a second history, and one made anew, with all ways to check")
    func otherHistories() async throws {
        try await log.append(5)
        let kept = try await log.keep()
        let key = try log.keyFile()
        let forked = try FakeJournal()
        let ways: [[String]] = [["verify", "--key", key], ["verify", "--entries"]]
        for (count, words) in [(4, "a shorter tree"), (1, "a second history"), (7, "a second history")] {
            try await forked.append(count, "rewritten")
            for way in ways {
                refused(await forked.run(way + ["--since", kept]), words)
                // By itself it is a log without fault.
                #expect(await forked.run(way).exitCode == 0)
            }
        }
        let anew = try FakeJournal(epoch: 3)
        try await anew.append(9)
        for way in [["verify"], ["verify", "--entries"]] {
            refused(await anew.run(way + ["--since", kept]), "another history")
        }
    }

    @Test("a kept checkpoint that was changed counts for nothing")
    func changedCheckpoint() async throws {
        try await log.append(5)
        let text = try await log.checkpoint()
        let changed = try log.file("changed", text.replacing("\n5\n", with: "\n4\n"))
        for way in [["verify"], ["verify", "--entries"]] {
            refused(await log.run(way + ["--since", changed]), "\(changed): the checkpoint does not hold")
        }
        refused(await log.run(["verify", "--since", try log.file("none", "none")]), "no checkpoint", code: 2)
        refused(await log.run(["verify", "--since", "/nowhere"]), "cannot be read", code: 2)
    }

    @Test("entries that were altered, left out or come twice, and an end that is not signed")
    func alteredEntries() async throws {
        for _ in 0..<4 { try await log.append(200) }
        let lies: [(FakeJournal.Lies, String)] = [
            (.init(follow: { if $0.firstIndex == 400 { $0.entries[3].body[0] ^= 1 } }), "at 600 entries"),
            (.init(follow: { if $0.firstIndex == 400 { $0.entries.remove(at: 3) } }), "expected entry"),
            (.init(follow: { if $0.firstIndex == 400 { $0.firstIndex = 200 } }), "expected entry 400, found 200"),
            (.init(follow: { $0.checkpoint = "" }), "without a checkpoint"),
            (.init(follow: { if $0.firstIndex > 0 { $0.checkpoint = "" } }), "without a checkpoint"),
            (.init(follow: { if $0.firstIndex > 0 { $0.epoch[0] ^= 1 } }), "changed in the midst"),
        ]
        for (lie, words) in lies { refused(await log.run(["verify", "--entries"], lie), words) }
    }

    // MARK: - tiles

    private func files(_ directory: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            var isDirectory: ObjCBool = false
            let path = "\(directory)/\(name)"
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
        }.sorted()
    }

    private func judged(_ directory: String) throws -> ForeignTools.Answer? {
        try ForeignTools.ask(["directory\t\(directory)\t\(log.key.text)"]).first
    }

    @Test("the copy is what Go's tools read; a second run adds only what is new")
    func copy() async throws {
        let copy = log.directory + "/copy"
        try await log.append(600)
        let first = await log.run(["tiles", copy])
        #expect(first.exitCode == 0, "\(first.errors)")
        #expect(first.output.hasSuffix("has all 4 hash tiles, 4 of them new\n"))
        #expect(files(copy) == ["checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
        #expect(try String(contentsOfFile: copy + "/checkpoint", encoding: .utf8) == (try await log.checkpoint()))
        #expect(try judged(copy)?.rest == ["600"])

        try await log.append(66_000)
        _ = log.takeRequests()
        let second = await log.run(["tiles", copy, "--key", try log.keyFile()])
        #expect(second.output.hasSuffix("has all 264 hash tiles, 262 of them new\n"), "\(second)")
        #expect(try judged(copy)?.rest == ["66600"])

        let written = files(copy)
        _ = log.takeRequests()
        let third = await log.run(["tiles", copy])
        #expect(third.output.hasSuffix("0 of them new\n"), "\(third)")
        #expect(files(copy) == written)
        // Only what is not full was asked for.
        #expect(log.takeRequests().allSatisfy { $0.hashCount < 256 })
    }

    @Test("a copy that was cut short is finished, and its tiles are looked at again")
    func unfinished() async throws {
        let copy = log.directory + "/copy"
        try await log.append(20_000)
        #expect(await log.run(["tiles", copy]).exitCode == 0)
        for name in ["checkpoint", "tile/0/007", "tile/0/078.p/32"] {
            try FileManager.default.removeItem(atPath: "\(copy)/\(name)")
        }
        #expect(await log.run(["tiles", copy]).output.contains(" 2 of them new"))
        #expect(try judged(copy)?.rest == ["20000"])
    }

    @Test("a bit that is flipped in the copy is found by us and by them, and not written over")
    func damagedCopy() async throws {
        let copy = log.directory + "/copy"
        try await log.append(20_000)
        #expect(await log.run(["tiles", copy]).exitCode == 0)
        let names = ["tile/0/005", "tile/0/070", "tile/0/078.p/32", "tile/1/000.p/78"]
        for name in names {
            let file = URL(fileURLWithPath: "\(copy)/\(name)")
            let whole = try Data(contentsOf: file)
            var damaged = whole
            damaged[whole.count / 2] ^= 1
            try damaged.write(to: file)
            refused(await log.run(["tiles", copy]), name)
            #expect(try judged(copy)?.verdict == "bad")
            #expect(try Data(contentsOf: file) == damaged)
            try whole.dropLast().write(to: file)
            refused(await log.run(["tiles", copy]), name)
            try whole.write(to: file)
        }
        #expect(await log.run(["tiles", copy]).exitCode == 0)
    }

    @Test("a directory of another history is left as it is")
    func otherDirectory() async throws {
        let copy = log.directory + "/copy"
        try await log.append(600)
        #expect(await log.run(["tiles", copy]).exitCode == 0)
        let before = files(copy)
        let forked = try FakeJournal()
        try await forked.append(100, "rewritten")
        refused(await forked.run(["tiles", copy]), "a shorter tree")
        try await forked.append(900, "rewritten")
        refused(await forked.run(["tiles", copy]), "a second history")
        let anew = try FakeJournal(epoch: 3)
        try await anew.append(900)
        refused(await anew.run(["tiles", copy]), "another history")
        #expect(files(copy) == before)
        #expect(try judged(copy)?.rest == ["600"])

        // Without its checkpoint its tiles tell.
        try FileManager.default.removeItem(atPath: copy + "/checkpoint")
        refused(await forked.run(["tiles", copy]), "of another history: tile/0/000")
        #expect(!files(copy).contains("checkpoint"))
    }

    @Test("nothing of a tile that the service has wrong is written")
    func wrongTiles() async throws {
        let copy = log.directory + "/copy"
        try await log.append(600)
        let lie = FakeJournal.Lies(tiles: { request, response in
            if request.tileLevel == 0, request.hashCount == 512 { response.hashes[9000] ^= 1 }
        })
        refused(await log.run(["tiles", copy], lie), "tile/0/001 does not fit")
        #expect(files(copy) == ["tile/0/002.p/88", "tile/1/000.p/2"])
    }
}
