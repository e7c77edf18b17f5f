/// The generation of entries that a changelog is written in. Every generation that was ever released is read; a new one is written one release
/// after it is first read, so that a release can be rolled back.
public enum StateFormat: UInt8, Comparable, Sendable {
    /// What builds wrote that knew no generations.
    case first = 1
    case second = 2

    public static let newest = StateFormat.second

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What an operator says about it.
public enum StateFormatSetting: String, CaseIterable, Sendable {
    /// The newest, unless an older build wrote the stage's state: that goes on in its own until an operator says otherwise, so that the upgrade can be
    /// rolled back.
    case auto
    case first = "1"
    case second = "2"
}
