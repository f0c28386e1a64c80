/// Which version of the suite this is.
public enum SuiteVersion {
    public static let text = "0.3.0"
}
