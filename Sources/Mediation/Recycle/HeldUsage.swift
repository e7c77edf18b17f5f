import Quantities

/// A suspended usage that waits for the directory to cover it.
struct HeldUsage: Sendable {
    /// Normalized.
    var subscriber: String
    var startMs: Int64
    var attempts: Int
    var original: [UInt8]
    var contentType: String
    var source: String

    /// What it costs to hold, in bytes, about.
    var weight: Int { original.count + 200 }
}
