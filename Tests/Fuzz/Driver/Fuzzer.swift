// The driver of libFuzzer: it supplies main(), and calls this with each input. QM_FUZZ_TARGET names the target.
internal import FuzzTargets
internal import Glibc

private let target: FuzzTarget = {
    let name = getenv("QM_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        print("QM_FUZZ_TARGET is \"\(name)\"; it must be one of: \(names)")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
    target.run(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
