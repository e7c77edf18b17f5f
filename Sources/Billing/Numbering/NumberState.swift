import Events
import Pipeline

/// The last number of each series, and the long invoices of which more lines are to come.
public struct NumberState: StageState {
    private let partition: Int32
    private var last = EntityTable<String, Int64>()
    private var unfinished = EntityTable<BillKey, UnfinishedBill>()

    private struct BillKey: Hashable {
        var account: String
        var periodStartMs: Int64
    }

    private struct UnfinishedBill {
        var number: String
        var recordsLeft: Int64
    }

    public init(partition: Int32) { self.partition = partition }

    /// The next number of the series: 1, 2, 3, …
    mutating func take(_ series: String) -> Int64 {
        let next = (last[series] ?? 0) + 1
        last.set(series, next)
        return next
    }

    mutating func expectLines(account: String, periodStartMs: Int64, number: String, records: Int64) {
        unfinished.set(BillKey(account: account, periodStartMs: periodStartMs), UnfinishedBill(number: number, recordsLeft: records))
    }

    /// The number of the invoice whose lines have come; nil where none is expected.
    mutating func takeLines(account: String, periodStartMs: Int64) -> String? {
        let key = BillKey(account: account, periodStartMs: periodStartMs)
        guard var bill = unfinished[key] else { return nil }
        bill.recordsLeft -= 1
        if bill.recordsLeft == 0 { unfinished.remove(key) } else { unfinished.set(key, bill) }
        return bill.number
    }
}

// Entries of state.number:
//   "n" issuer|series          → the last number given
//   "u" period start, account  → number of the unfinished invoice, records to come
// In the first format without a version, in later ones marked with it.
extension NumberState {
    private static let series = UInt8(ascii: "n")
    private static let bill = UInt8(ascii: "u")

    private static let version: UInt8 = 2

    public mutating func flush(into changelog: inout ChangelogWriter) {
        let format = changelog.format
        last.drainDirty { series, number in
            guard let number = copy number else { return }
            var value = EntryWriter()
            value.version(Self.version, in: format)
            value.signed(number)
            changelog.put(key: [Self.series] + Array(series.utf8), value: value.bytes)
        }
        unfinished.drainDirty { key, bill in
            var entryKey = EntryWriter()
            entryKey.byte(Self.bill)
            entryKey.fixed(UInt64(bitPattern: key.periodStartMs))
            entryKey.raw(key.account.utf8)
            if let bill = copy bill {
                var value = EntryWriter()
                value.version(Self.version, in: format)
                value.text(bill.number)
                value.signed(bill.recordsLeft)
                changelog.put(key: entryKey.bytes, value: value.bytes)
            } else {
                changelog.remove(key: entryKey.bytes)
            }
        }
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var keyReader = EntryReader(key)
        var reader = EntryReader(value ?? UnsafeRawBufferPointer(start: nil, count: 0))
        let kind = keyReader.byte()
        let version = try reader.version(upTo: Self.version, of: EntryFault.kind(kind))
        switch kind {
        case Self.series:
            last.set(String(decoding: keyReader.rest(), as: UTF8.self), reader.signed(), clean: true)
            guard reader.isComplete else { throw EntryFault.broken(kind: "n", version: version) }
        case Self.bill:
            let start = Int64(bitPattern: keyReader.fixed64())
            let billKey = BillKey(account: String(decoding: keyReader.rest(), as: UTF8.self), periodStartMs: start)
            guard value != nil else { return unfinished.remove(billKey, clean: true) }
            let bill = UnfinishedBill(number: reader.text(), recordsLeft: reader.signed())
            guard keyReader.isComplete, reader.isComplete else { throw EntryFault.broken(kind: "u", version: version) }
            unfinished.set(billKey, bill, clean: true)
        default: throw EntryFault.unknown(kind: EntryFault.kind(kind))
        }
    }
}
