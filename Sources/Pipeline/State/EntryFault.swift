/// What a state finds wrong with an entry of its changelog. `StageState.take` adds where the entry stands.
public struct EntryFault: Error, Equatable {
    /// As the stage's own file lists its kinds: "c", "ticks".
    public var kind: String
    /// Nil where it can't be told.
    public var version: UInt8?
    public var reason: String

    public init(kind: String, version: UInt8? = nil, reason: String) {
        self.kind = kind
        self.version = version
        self.reason = reason
    }

    /// A kind that only a later build can have written.
    public static func unknown(kind: String) -> Self {
        Self(kind: kind, reason: "this build knows no such kind. " + advice)
    }

    /// A version that only a later build can have written.
    public static func unknown(version: UInt8, of kind: String, newest: UInt8) -> Self {
        Self(kind: kind, version: version, reason: "this build reads versions 1 to \(newest) of it. " + advice)
    }

    /// An entry that is not as its version says.
    public static func broken(kind: String, version: UInt8? = nil) -> Self {
        Self(kind: kind, version: version, reason: "it is damaged: it is not as its version says")
    }

    private static let advice = "A later build wrote it: run that build, or a later one, again"

    /// The kind of a key that begins with one byte of it; hexadecimal where it is no letter.
    public static func kind(_ byte: UInt8) -> String {
        (97...122).contains(byte) || (65...90).contains(byte) ? String(Unicode.Scalar(byte)) : "0x" + String(byte, radix: 16)
    }
}
