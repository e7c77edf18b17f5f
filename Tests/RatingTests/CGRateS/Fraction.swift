/// A fraction in lowest terms: what is exact needs no rounding, whatever it is divided by. Traps above 128 bits.
struct Fraction: Comparable, CustomStringConvertible {
    let top: Int128
    /// Above zero.
    let bottom: Int128

    static let zero = Fraction(0)

    init(_ top: Int128, by bottom: Int128 = 1) {
        precondition(bottom > 0)
        var (a, b) = (top.magnitude, bottom.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = Int128(a == 0 ? 1 : a)
        (self.top, self.bottom) = (top / divisor, bottom / divisor)
    }

    /// A plain decimal; nothing is zero.
    init?(_ text: some StringProtocol) {
        var bottom: Int128 = 1
        var digits = ""
        var isBehindPoint = false
        for character in text {
            if character == "." { isBehindPoint = true } else { digits.append(character) }
            if isBehindPoint, character != "." { bottom *= 10 }
        }
        if digits.isEmpty { digits = "0" }
        guard let top = Int128(digits) else { return nil }
        self.init(top, by: bottom)
    }

    static func + (a: Fraction, b: Fraction) -> Fraction { Fraction(a.top * b.bottom + b.top * a.bottom, by: a.bottom * b.bottom) }
    static func * (a: Fraction, b: Fraction) -> Fraction {
        // The parts are reduced across first, so that they stay small.
        let (one, two) = (Fraction(a.top, by: b.bottom), Fraction(b.top, by: a.bottom))
        return Fraction(one.top * two.top, by: one.bottom * two.bottom)
    }
    static func < (a: Fraction, b: Fraction) -> Bool { a.top * b.bottom < b.top * a.bottom }

    /// The largest whole number that is not above it.
    var floor: Int128 { top >= 0 || top % bottom == 0 ? top / bottom : top / bottom - 1 }

    enum Rounding { case up, middle, down }

    /// In whole units of 1/10^`decimals`.
    func rounded(_ rounding: Rounding, decimals: Int) -> Fraction {
        let unit = (0..<decimals).reduce(Int128(1)) { power, _ in power * 10 }
        let scaled = self * Fraction(unit)
        let down = scaled.floor
        let over = scaled + Fraction(-down)
        let isUp =
            switch rounding {
            case .up: over > .zero
            case .middle: over >= Fraction(1, by: 2)
            case .down: false
            }
        return Fraction(down + (isUp ? 1 : 0), by: unit)
    }

    /// To whole nanos, halves up.
    var nanos: Int128 { (rounded(.middle, decimals: 9) * Fraction(1_000_000_000)).floor }

    var description: String { bottom == 1 ? "\(top)" : "\(top)/\(bottom)" }
}
