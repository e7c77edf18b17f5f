import Events
import Quantities

/// Amounts as the tables hold them: a whole number of 10^-9, as text, since SQLite's integers end at 64 bits.
enum Nanos {
    static func text(_ amount: Amount) -> String {
        if let short = Int64(exactly: amount.nanos) { return String(short) }
        return String(amount.nanos)
    }

    struct Corrupt: Error, CustomStringConvertible {
        let text: String
        var description: String { "the view holds '\(text)' where an amount should be: rebuild it with `tollstream replay crm`" }
    }

    static func read(_ text: String) throws -> Amount {
        if let short = Int64(text) { return Amount(nanos: short) }
        guard let long = Int128(text) else { throw Corrupt(text: text) }
        return Amount(nanos: long)
    }
}

/// Quantities as the tables hold them: 64 bits, and all digits beside them where those are not enough.
enum WideColumn {
    static func read(_ short: Int64, _ wide: String) throws -> Int128 {
        guard let value = WideNumber.join(short, wide) else { throw Nanos.Corrupt(text: wide) }
        return value
    }
}
