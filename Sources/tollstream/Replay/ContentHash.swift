import Pipeline
import Quantities

/// A record's key and value, hashed; equal whatever the offset.
struct ContentHash: Equatable {
    let hash: EventID
    let offset: Int64

    init(_ record: InputRecord) {
        var hash = SipHash128()
        hash.combine(UInt64(record.key.count))
        hash.combine(bytes: record.key)
        if let value = record.value { hash.combine(bytes: value) }
        self.hash = hash.finish()
        offset = record.offset
    }

    static func == (a: Self, b: Self) -> Bool { a.hash == b.hash }
}
