import Quantities
import Testing

@Suite("SipHash-2-4-128")
struct SipHash128Tests {
    /// The reference implementation's vectors_sip128: key 00 01 … 0f, input 00 01 02 … of the length.
    static let vectors: [(length: Int, output: String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"), (2, "8177228da4a45dc7fca38bdef60affe4"),
        (3, "9c70b60c5267a94e5f33b6b02985ed51"), (4, "f88164c12d9c8faf7d0f6e7c7bcd5579"), (5, "1368875980776f8854527a07690e9627"),
        (6, "14eeca338b208613485ea0308fd7a15e"), (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
        (9, "264499060ad9baabc47f8b02bb6d71ed"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"), (16, "6ee2a4ca67b054bbfd3315bf85230577"),
        (63, "5150d1772f50834a503e069a973fbd7c"),
    ]

    private var keyed: SipHash128 { SipHash128(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908) }

    /// The reference's output is the low word's bytes, then the high word's, each little-endian.
    private func hex(_ id: EventID) -> String { Hex.string(id.low.byteSwapped) + Hex.string(id.high.byteSwapped) }

    @Test("the reference's vectors", arguments: vectors.indices)
    func reference(_ place: Int) {
        let input = (0..<Self.vectors[place].length).map { UInt8($0) }
        var hash = keyed
        input.withUnsafeBytes { hash.combine(bytes: $0) }
        #expect(hex(hash.finish()) == Self.vectors[place].output)
    }

    @Test("the same however the input is cut", arguments: UInt64(1)...20)
    func cuts(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let input = (0..<63).map { UInt8($0) }
        var hash = keyed
        var at = 0
        while at < 63 {
            let count = min(63 - at, Int.random(in: 1...20, using: &numbers))
            if count == 8 {
                let word = input[at..<at + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                hash.combine(word)
            } else if count == 1 {
                hash.combine(byte: input[at])
            } else {
                Array(input[at..<at + count]).withUnsafeBytes { hash.combine(bytes: $0) }
            }
            at += count
        }
        #expect(hex(hash.finish()) == "5150d1772f50834a503e069a973fbd7c", "seed \(seed)")
    }

    @Test("texts keep their borders")
    func texts() {
        func id(_ texts: String...) -> EventID {
            var hash = SipHash128()
            for text in texts { hash.combine(text: text) }
            return hash.finish()
        }
        #expect(id("ab", "c") != id("a", "bc"))
        #expect(id("ab", "c") == id("ab", "c"))
    }

    @Test("an event id's text can be read back")
    func eventID() {
        let id = EventID(high: 0x0123, low: 0xfedc_ba98_7654_3210)
        #expect(id.description == "0000000000000123fedcba9876543210")
        #expect(EventID(id.description) == id)
        #expect(EventID("123") == nil && EventID(String(repeating: "g", count: 32)) == nil)
        #expect(EventID(cause: id, stage: 1, ordinal: 0) != EventID(cause: id, stage: 1, ordinal: 1))
        #expect(EventID(cause: id, stage: 1, ordinal: 0) != EventID(cause: id, stage: 2, ordinal: 0))
    }
}
