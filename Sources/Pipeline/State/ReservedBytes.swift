/// Two bytes with which no key and no value of the first format begins: a zero as an overlong varint. Ids and texts begin with a letter or with
/// their length in a varint, and no writer makes an overlong one.
///
/// A key that begins so is the runtime's own: no state's. A value that begins so says its version in the byte that follows: the entries of most stages
/// had none in the first format.
public enum ReservedBytes {
    static let first: UInt8 = 0x80
    static let second: UInt8 = 0x00

    /// Kinds of the runtime's own entries.
    enum Kind {
        /// How far the input has been read.
        static let position = UInt8(ascii: "o")
    }

    @inline(__always)
    static func begin(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.count >= 2 && bytes[0] == 0x80 && bytes[1] == 0x00 }
}

extension EntryWriter {
    /// Begins an entry of a kind that said no version in the first format. In that format nothing is written.
    public mutating func version(_ version: UInt8, in format: StateFormat) {
        guard format > .first else { return }
        byte(ReservedBytes.first)
        byte(ReservedBytes.second)
        byte(version)
    }
}

extension EntryReader {
    /// The version of an entry of a kind that said none in the first format, where it was 1.
    ///
    /// - Throws: a fault where it is above `newest`.
    public mutating func version(upTo newest: UInt8, of kind: @autoclosure () -> String) throws(EntryFault) -> UInt8 {
        guard isMarked else { return 1 }
        _ = raw(2)
        let version = byte()
        guard isSound, version >= 2 else { throw EntryFault.broken(kind: kind()) }
        guard version <= newest else { throw EntryFault.unknown(version: version, of: kind(), newest: newest) }
        return version
    }
}
