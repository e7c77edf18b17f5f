/// The version of the rules in this build. It goes up when the same input may come to give other output, and every event carries
/// the version that decided it: a new one never alters facts, it can only propose corrections.
public enum Engine {
    public static let version: UInt32 = 1
}
