/// The parts of a usage that few prices look at: they are sought only when one does.
extension UsageView {
    /// The digits of the other party's number; empty where there is none.
    var otherParty: UnsafeRawBufferPointer { party(0x1a) }
    /// The served subscriber's own identifier as the network saw it; empty where it is not known.
    var servedParty: UnsafeRawBufferPointer { party(0x12) }
    /// The same as zones have it: a telephone number's digits, without its scheme.
    var servedNumber: UnsafeRawBufferPointer {
        let (served, scheme) = (servedParty, "msisdn:" as StaticString)
        guard served.count > scheme.utf8CodeUnitCount, (0..<scheme.utf8CodeUnitCount).allSatisfy({ served[$0] == scheme.utf8Start[$0] }) else { return served }
        return UnsafeRawBufferPointer(rebasing: served[scheme.utf8CodeUnitCount...])
    }

    private func party(_ wanted: UInt64) -> UnsafeRawBufferPointer {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard let parties else { return none }
        var found = none
        var reader = WireReader(parties)
        while !reader.isAtEnd {
            let tag = reader.varint()
            if tag == wanted { found = reader.delimited() } else { reader.skip(tag) }
        }
        return reader.isBroken ? none : found
    }
}

extension UnsafeRawBufferPointer {
    /// Byte for byte.
    func equals(_ bytes: [UInt8]) -> Bool {
        guard count == bytes.count else { return false }
        for place in 0..<count where self[place] != bytes[place] { return false }
        return true
    }
}
