import Events
import Quantities

/// Quantities as people write them: "60 s", "1.5 min", "15 GiB", "1 event".
public enum QuantityText {
    /// Units by symbol, with the base units in one: 1 kB = 1,000 B (SI), 1 KiB = 1,024 B (IEC 80000-13).
    public static let units: [(symbol: String, unit: UsageUnit, factor: Int64)] = [
        ("s", .second, 1), ("min", .second, 60), ("h", .second, 3600),
        ("B", .byte, 1), ("kB", .byte, 1000), ("KiB", .byte, 1024), ("MB", .byte, 1_000_000), ("MiB", .byte, 1 << 20),
        ("GB", .byte, 1_000_000_000), ("GiB", .byte, 1 << 30), ("TB", .byte, 1_000_000_000_000), ("TiB", .byte, 1 << 40),
        ("event", .event, 1), ("amount", .amount, 1),
    ]

    /// Of a hundred bits and more there is no use.
    private static let end = Int128(1) << 100

    /// Millionths of the base unit; nil for anything else, for what is not exact in millionths, and above 64 bits.
    public static func parse(_ text: String) -> (micros: Int64, unit: UsageUnit)? {
        parseWide(text).flatMap { wide in Int64(exactly: wide.micros).map { ($0, wide.unit) } }
    }

    /// The same, of up to a hundred bits.
    public static func parseWide(_ text: String) -> (micros: Int128, unit: UsageUnit)? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let unit = units.first(where: { $0.symbol == parts[1] }) else { return nil }
        // Twelve decimals keep what the factor makes whole again.
        guard let scaled = DecimalText.parse(String(parts[0]), decimals: 12) else { return nil }
        let (product, overflows) = scaled.multipliedReportingOverflow(by: Int128(unit.factor))
        guard !overflows, product % 1_000_000 == 0, (product / 1_000_000).magnitude < end.magnitude else { return nil }
        return (product / 1_000_000, unit.unit)
    }

    /// A span of time: "90s", "15min", "72h", "3d". Milliseconds; nil for anything else.
    public static func parseDuration(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits) else { return nil }
        let factor: Int64
        switch text.dropFirst(digits.count) {
        case "s": factor = 1000
        case "min": factor = 60_000
        case "h": factor = 3_600_000
        case "d": factor = 86_400_000
        default: return nil
        }
        let (ms, overflows) = count.multipliedReportingOverflow(by: factor)
        return overflows ? nil : ms
    }
}
