import Foundation
import Quantities

extension CatalogueDiff {
    /// Amounts, quantities and times of the published form as people write them; anything else as it is.
    static func readable(_ name: String, _ value: String) -> (name: String, text: String) {
        guard let number = Int64(value) else { return (name, value) }
        if name.hasSuffix("Nanos") { return (String(name.dropLast(5)), DecimalText.format(Int128(number), decimals: 9)) }
        if name.hasSuffix("Micros") { return (String(name.dropLast(6)), DecimalText.format(Int128(number), decimals: 6)) }
        if name == "validFromMs" || name == "Ms" { return ("validFrom", Timestamp(ms: number).description) }
        return (name, value)
    }
}
