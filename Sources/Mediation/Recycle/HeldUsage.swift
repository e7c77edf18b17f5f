import Events
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
    /// Where a move found no holder for it: the usage as it was moved. It has no original.
    var moved: Usage?
    /// Of the directory's entry by which it had none: an older one may still say otherwise.
    var revision: Int64 = 0

    /// What it costs to hold, in bytes, about.
    var weight: Int { original.count + (moved == nil ? 200 : 800) }
}
