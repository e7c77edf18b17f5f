import Events
import Pipeline

/// Usage that goes from one account to another.
extension PartitionRerate {
    mutating func leave(_ usage: Usage) { if arrivals.isEmpty { leaving[usage.account, default: []].append(usage) } }

    /// What others' usage costs the walk's accounts, behind all that was theirs; and what it changes in their fees.
    mutating func takeArrivals() throws {
        defer { forget() }
        changes = [:]
        for key in fees.keys { fees[key]?.settle() }
        for (place, usage) in arrivals.enumerated() {
            guard state.known(account: usage.account) != nil else { continue }
            outcome.knownAccounts.insert(usage.account)
            let value: [UInt8] = try NormalizedRecord.with { $0.usage = usage }.serializedBytes()
            let offset = end + Int64(place)
            state.catalogueAnew?.offset = offset
            let binding = binding(arrivalTariff)
            var key = usage.account
            let rated = try key.withUTF8 { key in
                try value.withUnsafeBytes { value in
                    try rate(InputRecord(partition: partition, offset: offset, key: UnsafeRawBufferPointer(key), value: value), binding)
                }
            }
            switch rated {
            case .success(let parts):
                change(of: usage.account) { changes, _ in
                    for part in parts { changes.add(part.offering, part.price, before: 0, after: part.chargeNanos) }
                    for price in Set(parts.map { AccountChanges.Price(offering: $0.offering, price: $0.price) }) { changes.count(price) }
                }
            case .failure(let unrated):
                outcome.note(.init(account: usage.account, rawPartition: usage.rawPartition, rawOffset: usage.rawOffset, reason: unrated.reason))
            }
        }
        compareFees(nil)
        changes.keys.sorted().forEach { finish($0) }
    }
}
