import Events

/// A quantity as a person states it, "62.5 s" or a plain number, read as mediation reads that of usage.
package enum StatedQuantity {
    /// In millionths of `base`, the unit that the usage type counts.
    /// - Throws: what the usage would be suspended for.
    package static func micros(_ text: String, counting base: UsageUnit) throws(Suspense) -> Int64 {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        return try micros(parts.first ?? "", unit: parts.count > 1 ? parts[1] : "", counting: base)
    }

    package static func micros(_ quantity: String, unit: String, counting base: UsageUnit) throws(Suspense) -> Int64 {
        var (quantity, unit) = (quantity, unit)
        let result: Result<Int64, Suspense> = quantity.withUTF8 { quantity in
            unit.withUTF8 { unit in
                do throws(Suspense) {
                    return .success(try Measure.micros(UnsafeRawBufferPointer(quantity), unit: UnsafeRawBufferPointer(unit), counting: base))
                } catch { return .failure(error) }
            }
        }
        return try result.get()
    }
}
