/// Networks by their codes: an MCC and MNC (ITU-T E.212) or a TADIG code (GSMA TD.13).
///
/// Under rules version 2 a code is matched whole, for "40503" is a network and "405034" another one; only what has the three characters of an MCC or of a
/// TADIG country, and what ends in "*", is a beginning. Under version 1 all are beginnings.
struct NetworkCodes: Sendable {
    private var beginnings = PrefixTree()
    private var wholes = PrefixTree()

    mutating func insert(_ code: String, of network: Int32, _ rules: RulesVersion) {
        let hasWildcard = code.utf8.last == UInt8(ascii: "*")
        if rules == .first {
            beginnings.insert(code.utf8, zone: network)
        } else if hasWildcard || code.utf8.count <= 3 {
            beginnings.insert(code.utf8.dropLast(hasWildcard ? 1 : 0), zone: network)
        } else {
            wholes.insert(code.utf8, zone: network)
        }
    }

    /// The network of a whole code, else that whose beginning of it is the longest; nil for an unknown one.
    func network(of code: UnsafeRawBufferPointer) -> Int32? {
        let whole = wholes.place(ofWhole: code)
        if whole >= 0 { return wholes.zone(at: whole) }
        let place = beginnings.place(of: code) { _ in true }
        return place < 0 ? nil : beginnings.zone(at: place)
    }
}
