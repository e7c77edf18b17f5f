/// What a Rates line counts in: a duration as Go writes them ("60s", "1h30m", "500ms"), or a bare number.
enum UnitText {
    struct Units: Equatable {
        /// Millionths of the usage's unit: of a second, a byte, an event.
        let micros: Int64
        /// Without a unit of time. CGRateS counts such numbers in the nanoseconds that stand for bytes and events.
        let isBare: Bool
    }

    private static let factors: [(symbol: String, micros: Int64)] = [
        ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1), ("µs", 1), ("μs", 1),
    ]

    /// Nil for anything else, for what is below zero, and for what is not exact in millionths. Empty is zero.
    static func parse(_ text: String) -> Units? {
        if text.isEmpty { return Units(micros: 0, isBare: true) }
        // "10ns" is how CGRateS itself writes a bare 10.
        let bare = text.hasSuffix("ns") ? String(text.dropLast(2)) : text
        if let number = ExactDecimal(bare) { return number.whole(times: 1_000_000).flatMap { $0 < 0 ? nil : Units(micros: $0, isBare: true) } }
        var rest = text[...]
        var sum: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(number.count)
            let symbol = rest.prefix { $0 != "." && !$0.isNumber }
            rest = rest.dropFirst(symbol.count)
            guard let value = ExactDecimal(String(number)), let factor = factors.first(where: { $0.symbol == symbol }),
                let micros = value.whole(times: factor.micros)
            else { return nil }
            let (next, overflows) = sum.addingReportingOverflow(micros)
            if overflows { return nil }
            sum = next
        }
        return Units(micros: sum, isBare: false)
    }
}
