import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// A correction, to be held against what the usage counted as before it.
struct Correction {
    let offset: Int64
    let original: EventID
    /// Of the parts that it takes back, and of those that it puts in their place; or how the usage was refused.
    let reversed: EventID
    let replacement: EventID
    /// The usage, where it is another's and goes on as it stood.
    let moved: EventID?
    /// Whether the two are the same usage: raw record, account, subscription, type, quantity, and what was prepaid.
    let isSameUsage: Bool

    init(_ corrected: UsageCorrected, _ offset: Int64) {
        let before = Self.fate(corrected.reversed, corrected.hasRefusedBefore ? corrected.refusedBefore : nil)
        let gone = corrected.hasMoved ? corrected.moved : nil
        let after = Self.fate(corrected.replacement, corrected.hasRefused ? corrected.refused : nil, gone)
        let first = corrected.reversed.first ?? corrected.replacement.first ?? gone.map(Self.part) ?? RatedUsage()
        let position = Self.position(first)
        self.offset = offset
        original = EventID(high: corrected.original.high, low: corrected.original.low)
        (reversed, replacement) = (before.digest, after.digest)
        moved = gone.map(Correction.digest)
        let all = corrected.reversed + corrected.replacement
        isSameUsage =
            before.isSound && after.isSound && !(before.isRefused && corrected.hasRefused)
            && all.allSatisfy {
                $0.account == first.account && $0.subscription == first.subscription && $0.type == first.type && $0.unit == first.unit
                    && Self.position($0) == position
            }
            && (before.isRefused || after.isRefused || Self.quantity(corrected.reversed) == Self.quantity(corrected.replacement))
            && [before.refused, after.refused].allSatisfy { $0.map { $0.account == first.account && Self.position($0) == position } ?? true }
            && (gone.map { Self.isSame($0, first) && (before.isRefused || Int128($0.quantityMicros) == Self.quantity(corrected.reversed)) } ?? true)
            && (corrected.reversed.isEmpty || Self.prepaid(corrected.reversed) == Self.prepaid(corrected.replacement))
    }

    /// One side of a correction. What is refused, or went to another holder, has at most a part that is nothing but what a balance paid.
    private static func fate(
        _ parts: [RatedUsage], _ refused: UnratedUsage?, _ gone: Usage? = nil
    ) -> (digest: EventID, refused: UnratedUsage?, isRefused: Bool, isSound: Bool) {
        let isRefused = refused != nil || gone != nil
        let isSound = isRefused ? parts.count < 2 && parts.allSatisfy { $0.quantityMicros == 0 && $0.chargeNanos == 0 } : !parts.isEmpty
        return (digest(parts, refused), refused, isRefused, isSound && (refused == nil || gone == nil))
    }

    private static func position(_ usage: RatedUsage) -> RawPosition {
        RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
    }

    private static func position(_ usage: UnratedUsage) -> RawPosition {
        RawPosition(partition: usage.rawPartition, offset: usage.rawOffset, index: usage.rawIndex)
    }

    /// What each part of the usage says, whatever it is charged.
    private static func part(of usage: Usage) -> RatedUsage {
        .with {
            ($0.account, $0.subscription, $0.type, $0.unit, $0.parties) = (usage.account, usage.subscription, usage.type, usage.unit, usage.parties)
            ($0.rawPartition, $0.rawOffset, $0.rawIndex) = (usage.rawPartition, usage.rawOffset, usage.rawIndex)
        }
    }

    private static func isSame(_ usage: Usage, _ part: RatedUsage) -> Bool {
        usage.account == part.account && usage.subscription == part.subscription && usage.type == part.type && usage.unit == part.unit
            && usage.parties == part.parties && usage.rawPosition == position(part)
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
    /// those partitions alone that were rated anew. One raw record's usage may be rated once at each of its holders: what rated it first tells them apart.
    mutating func checkCorrections(_ corrections: [Correction], _ partition: Int32) throws {
        let counted = try firstRated(Set(corrections.map(\.original)), moved: Set(corrections.lazy.filter { $0.moved != nil }.map(\.original)), partition)
        var current: [EventID: Correction] = [:]
        for correction in corrections {
            func report(_ fault: String) { findings.add(.corrections, .usageRated, partition, correction.offset, fault) }
            if !correction.isSameUsage { report("corrects a usage by another one") }
            guard let original = counted[correction.original] else {
                if bills.isComplete { report("corrects a usage that was neither rated nor rejected") }
                continue
            }
            let before = current[correction.original]
            if (before?.replacement ?? Correction.digest(original.parts, original.refused)) != correction.reversed {
                report("takes back another charge than the one that stood")
            }
            // One that is taken back comes by a move of its own.
            if before?.moved != nil { report("corrects a usage that went to another account") }
            if let moved = correction.moved, moved != original.usage { report("moves another usage than the one that it takes back") }
            current[correction.original] = correction
        }
    }

    private struct Counted {
        var parts: [RatedUsage] = []
        var refused: UnratedUsage?
        /// As it stood in usage.normalized, where that is asked for.
        var usage: EventID?
    }

    /// How the usages were rated or rejected at first, by the events that did it.
    private mutating func firstRated(_ wanted: Set<EventID>, moved: Set<EventID>, _ partition: Int32) throws -> [EventID: Counted] {
        var counted: [EventID: Counted] = [:]
        var open: (id: EventID, normalizedOffset: Int64)?
        var cursor = NormalizedCursor(log: log, partition: partition, range: cut.range(of: .usageNormalized, partition))
        try readAll(.usageRated, partition, as: RatedRecord.self) { _, _, rated in
            let id = rated.meta.id
            switch rated.body {
            case .usage(let usage):
                if usage.part == 0 { open = (id, rated.normalizedOffset) }
                guard let open, open.normalizedOffset == rated.normalizedOffset, wanted.contains(open.id) else { return }
                counted[open.id, default: Counted()].parts.append(usage)
            case .unrated(let unrated) where unrated.rejected && wanted.contains(id): counted[id, default: Counted()].refused = unrated
            default: return
            }
            if moved.contains(id) { counted[id]?.usage = try cursor.usage(at: rated.normalizedOffset).map(Correction.digest) }
        }
        return counted
    }
}
