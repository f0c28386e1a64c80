internal import CDivisions
public import RegistryRules

extension DivisionHistory {
    /// The divisions that are inside the executable (Services/Registry/Divisions).
    public static func shipped() throws(DivisionDataError) -> DivisionHistory {
        try DivisionHistory(
            divisions: text(cdivisions_tree, "divisions.csv"),
            changes: text(cdivisions_changes, "division_changes.csv"))
    }

    private static func text(
        _ source: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?, _ file: String
    ) throws(DivisionDataError) -> String {
        var sizeBytes = 0
        let start = source(&sizeBytes)
        guard let text = String(validating: UnsafeBufferPointer(start: start, count: sizeBytes), as: UTF8.self) else {
            throw DivisionDataError(file: file, line: 0, reason: "is not UTF-8")
        }
        return text
    }
}
