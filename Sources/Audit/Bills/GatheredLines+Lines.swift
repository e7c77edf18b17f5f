import Events
import Quantities

extension GatheredLines {
    /// Takes a record's lines. `exact`: rounded for the hash, but not for the sum.
    mutating func add(_ lines: [Line], _ currency: Currency?, exact: Bool) {
        for line in lines {
            sum += line.amount.amount.nanos
            discount += line.discount.amount.nanos
            if let quantity = line.quantity, let counted = line.counted, let allowance = line.allowance {
                quantities.add(line.unit, quantity, counted: counted, allowance: allowance)
            } else {
                hasUnreadable = true
            }
            var rounded = line
            if exact, let currency {
                rounded.amount = Money(line.amount.amount.rounded(currency), currency.code)
                if line.hasDiscount { rounded.discount = Money(line.discount.amount.rounded(currency), currency.code) }
            }
            let bytes: [UInt8] = (try? rounded.serializedBytes()) ?? []
            hash.combine(UInt64(bytes.count))
            bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        }
        chunks += 1
        self.lines += UInt32(lines.count)
    }

    mutating func begin(_ partition: Int32, _ offset: Int64, lineCount: UInt32, chunkCount: UInt32) {
        hasHead = true
        self.partition = partition
        self.offset = offset
        lastOffset = offset
        self.lineCount = lineCount
        self.chunkCount = max(chunkCount, 1)
    }

    /// The lines of a further record; false where it is not the next one.
    mutating func add(_ more: MoreLines, _ offset: Int64, _ currency: Currency?, exact: Bool) -> Bool {
        guard hasHead, more.chunk == chunks + 1, more.chunkCount == chunkCount else { return false }
        lastOffset = offset
        add(more.lines, currency, exact: exact)
        return true
    }
}
