import Foundation
import Quantities

extension CatalogueDiff {
    /// Where a number needs more than 64 bits, all its digits stand beside its field (`WideNumber`): they are what it is.
    static func withoutWide(_ object: [String: Any]) -> [String: Any] {
        var object = object
        for (wide, short) in [("wideAmount", "amountMicros"), ("wideLimit", "limit"), ("wideCap", "cap"), ("wideFrom", "fromMicros")] {
            if let digits = object.removeValue(forKey: wide) { object[short] = digits }
        }
        return object
    }

    /// Amounts, quantities and times of the published form as people write them; anything else as it is.
    static func readable(_ name: String, _ value: String) -> (name: String, text: String) {
        guard let number = Int128(value) else { return (name, value) }
        if name.hasSuffix("Nanos") { return (String(name.dropLast(5)), DecimalText.format(number, decimals: 9)) }
        if name.hasSuffix("Micros") { return (String(name.dropLast(6)), DecimalText.format(number, decimals: 6)) }
        if name == "validFromMs" || name == "Ms", let ms = Int64(exactly: number) { return ("validFrom", Timestamp(ms: ms).description) }
        return (name, value)
    }
}
