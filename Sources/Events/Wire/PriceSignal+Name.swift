extension PriceSignal {
    /// The form of a signal's name, as commands and the catalogue give it: 1 to 64 of A–Z, a–z, 0–9, ".", "_", "-", as other ids that outsiders choose.
    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}
