import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// A correction, to be held against what the usage counted as before it.
struct Correction {
    let rawPosition: RawPosition
    let offset: Int64
    let original: EventID
    /// Of the parts that it takes back, and of those that it puts in their place.
    let reversed: EventID
    let replacement: EventID
    /// Whether the two are the same usage: raw record, account, subscription, type, quantity, and what was prepaid.
    let isSameUsage: Bool

    init(_ corrected: UsageCorrected, _ offset: Int64) {
        let first = corrected.reversed.first ?? RatedUsage()
        rawPosition = RawPosition(partition: first.rawPartition, offset: first.rawOffset, index: first.rawIndex)
        self.offset = offset
        original = EventID(high: corrected.original.high, low: corrected.original.low)
        reversed = Self.digest(corrected.reversed)
        replacement = Self.digest(corrected.replacement)
        let all = corrected.reversed + corrected.replacement
        isSameUsage =
            !corrected.reversed.isEmpty && !corrected.replacement.isEmpty
            && all.allSatisfy {
                $0.account == first.account && $0.subscription == first.subscription && $0.type == first.type && $0.unit == first.unit
                    && RawPosition(partition: $0.rawPartition, offset: $0.rawOffset, index: $0.rawIndex)
                        == RawPosition(partition: first.rawPartition, offset: first.rawOffset, index: first.rawIndex)
            } && Self.quantity(corrected.reversed) == Self.quantity(corrected.replacement)
            && Self.prepaid(corrected.reversed) == Self.prepaid(corrected.replacement)
    }

    static func digest(_ parts: [RatedUsage]) -> EventID {
        var hash = SipHash128()
        for part in parts {
            let bytes: [UInt8] = (try? part.serializedBytes()) ?? []
            hash.combine(UInt64(bytes.count))
            bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        }
        return hash.finish()
    }

    static func digest(_ message: some Message) -> EventID {
        var hash = SipHash128()
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        return hash.finish()
    }

    /// What the order comes to where it is carried out, in that order.
    static func digests(_ order: RerateOrder) -> [EventID] {
        order.usages.map { usage in
            var usage = usage
            usage.rerate = order.rerate
            return digest(usage)
        }
            + order.fees.map { fee in
                var fee = fee
                fee.rerate = order.rerate
                return digest(fee)
            }
    }

    /// What a balance paid stays paid: a correction goes on the bill.
    private static func prepaid(_ parts: [RatedUsage]) -> Int128 { parts.reduce(0) { $0 + Int128($1.prepaidNanos) } }
    private static func quantity(_ parts: [RatedUsage]) -> Int128 { parts.reduce(0) { $0 + Int128($1.quantityMicros) } }
}

extension AuditRun {
    /// What a rerate ordered is carried out as it stands, all of it, or not at all.
    mutating func checkOrders(_ state: JoinState) {
        for offset in state.carriedOut.keys.sorted() {
            guard let ordered = state.ordered[offset] else {
                if bills.isComplete {
                    findings.add(.corrections, .usageNormalized, state.partition, offset, "is no order to rate anew, though corrections came of it")
                }
                continue
            }
            if ordered != state.carriedOut[offset] {
                findings.add(.corrections, .usageNormalized, state.partition, offset, "was carried out otherwise than it was ordered")
            }
        }
    }

    /// Each correction takes back exactly what the usage counted as until then, and puts the same usage in its place. A second walk over the partition, for
    /// those partitions alone that were rated anew.
    mutating func checkCorrections(_ corrections: [Correction], _ partition: Int32) throws {
        let wanted = Set(corrections.map(\.rawPosition))
        var counted: [RawPosition: (parts: [RatedUsage], id: EventID)] = [:]
        try readAll(.usageRated, partition, as: RatedRecord.self) { _, _, rated in
            guard case .usage(let usage)? = rated.body else { return }
            let position = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
            guard wanted.contains(position) else { return }
            counted[position, default: ([], rated.meta.id)].parts.append(usage)
        }
        var current: [RawPosition: EventID] = [:]
        for correction in corrections {
            func report(_ fault: String) { findings.add(.corrections, .usageRated, partition, correction.offset, fault) }
            if !correction.isSameUsage { report("corrects a usage by another one") }
            guard let original = counted[correction.rawPosition] else {
                if bills.isComplete { report("corrects a usage that was not rated") }
                continue
            }
            if original.id != correction.original { report("names another event than the one that rated the usage") }
            if current[correction.rawPosition] ?? Correction.digest(original.parts) != correction.reversed {
                report("takes back another charge than the one that stood")
            }
            current[correction.rawPosition] = correction.replacement
        }
    }
}
