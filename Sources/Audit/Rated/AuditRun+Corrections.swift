import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// A correction, to be held against what the usage counted as before it.
struct Correction {
    let rawPosition: RawPosition
    let offset: Int64
    let original: EventID
    /// Of the parts that it takes back, and of those that it puts in their place; or how the usage was refused.
    let reversed: EventID
    let replacement: EventID
    /// Whether the two are the same usage: raw record, account, subscription, type, quantity, and what was prepaid.
    let isSameUsage: Bool

    init(_ corrected: UsageCorrected, _ offset: Int64) {
        let before = Self.fate(corrected.reversed, corrected.hasRefusedBefore ? corrected.refusedBefore : nil)
        let after = Self.fate(corrected.replacement, corrected.hasRefused ? corrected.refused : nil)
        let first = corrected.reversed.first ?? corrected.replacement.first ?? RatedUsage()
        let position = Self.position(first)
        rawPosition = position
        self.offset = offset
        original = EventID(high: corrected.original.high, low: corrected.original.low)
        (reversed, replacement) = (before.digest, after.digest)
        let all = corrected.reversed + corrected.replacement
        isSameUsage =
            before.isSound && after.isSound && !(before.isRefused && after.isRefused)
            && all.allSatisfy {
                $0.account == first.account && $0.subscription == first.subscription && $0.type == first.type && $0.unit == first.unit
                    && Self.position($0) == position
            }
            && (before.isRefused || after.isRefused || Self.quantity(corrected.reversed) == Self.quantity(corrected.replacement))
            && [before.refused, after.refused].allSatisfy { $0.map { $0.account == first.account && Self.position($0) == position } ?? true }
            && (corrected.reversed.isEmpty || Self.prepaid(corrected.reversed) == Self.prepaid(corrected.replacement))
    }

    /// One side of a correction. What is refused has at most a part that is nothing but what a balance paid.
    private static func fate(_ parts: [RatedUsage], _ refused: UnratedUsage?) -> (digest: EventID, refused: UnratedUsage?, isRefused: Bool, isSound: Bool) {
        let isSound = refused == nil ? !parts.isEmpty : parts.count < 2 && parts.allSatisfy { $0.quantityMicros == 0 && $0.chargeNanos == 0 }
        return (digest(parts, refused), refused, refused != nil, isSound)
    }

    private static func position(_ usage: RatedUsage) -> RawPosition {
        RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
    }

    private static func position(_ usage: UnratedUsage) -> RawPosition {
        RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
    }

    static func digest(_ parts: [RatedUsage], _ refused: UnratedUsage? = nil) -> EventID {
        var hash = SipHash128()
        func combine(_ message: some Message) {
            let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
            hash.combine(UInt64(bytes.count))
            bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        }
        for part in parts { combine(part) }
        if let refused { combine(refused) }
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
        var counted: [RawPosition: (parts: [RatedUsage], refused: UnratedUsage?, id: EventID)] = [:]
        try readAll(.usageRated, partition, as: RatedRecord.self) { _, _, rated in
            switch rated.body {
            case .usage(let usage):
                let position = RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
                if wanted.contains(position) { counted[position, default: ([], nil, rated.meta.id)].parts.append(usage) }
            case .unrated(let unrated) where unrated.rejected:
                let position = RawPosition(partition: unrated.rawPartition, offset: unrated.rawOffset, index: unrated.rawIndex)
                if wanted.contains(position) { counted[position] = ([], unrated, rated.meta.id) }
            default: break
            }
        }
        var current: [RawPosition: EventID] = [:]
        for correction in corrections {
            func report(_ fault: String) { findings.add(.corrections, .usageRated, partition, correction.offset, fault) }
            if !correction.isSameUsage { report("corrects a usage by another one") }
            guard let original = counted[correction.rawPosition] else {
                if bills.isComplete { report("corrects a usage that was neither rated nor rejected") }
                continue
            }
            if original.id != correction.original { report("names another event than the one that rated the usage") }
            if current[correction.rawPosition] ?? Correction.digest(original.parts, original.refused) != correction.reversed {
                report("takes back another charge than the one that stood")
            }
            current[correction.rawPosition] = correction.replacement
        }
    }
}
