/// What a changelog's partition said of the input when it was read.
public struct RestoredPosition: Equatable, Sendable {
    /// The last one written; nil in the first format.
    public private(set) var position: InputPosition?
    /// Entries of the state were read.
    public private(set) var hasState = false
    /// Entries stand behind the position: an older build, which writes none, went on from there.
    public private(set) var hasStateBehind = false

    /// Takes a record of the runtime's own. Throws `EntryFault`.
    mutating func take(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws(EntryFault) {
        guard key.count == 3, key[2] == ReservedBytes.Kind.position else {
            throw .unknown(kind: "runtime " + (key.count > 2 ? EntryFault.kind(key[2]) : "none"))
        }
        position = if let value { try InputPosition(entry: value) } else { nil }
        hasStateBehind = false
    }

    @inline(__always)
    mutating func noteState() {
        hasState = true
        hasStateBehind = true
    }

    mutating func wrote(_ position: InputPosition) {
        self.position = position
        hasState = true
        hasStateBehind = false
    }
}
