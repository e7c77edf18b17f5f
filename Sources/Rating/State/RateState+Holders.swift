import Events
import Pipeline
import Quantities

/// Which usage of an identifier is a subscription's own, as its account was told last.
struct HeldIdentifier {
    struct Key: Hashable {
        var account: UInt32
        var subscription: UInt32
        var identifier: EventID
    }

    /// That of the directory's entry which says the same.
    var revision: Int64
    var spans: [Range<Int64>]
}

extension Range<Int64> {
    init(_ span: HeldSpan) {
        let toMs = span.toMs == 0 ? Int64.max : span.toMs
        self = span.fromMs..<Swift.max(span.fromMs, toMs)
    }
}

/// Whose usage is. Normalization sends all copies of a usage to the first holder that its identifier ever had at its start, so that one guard decides what
/// is a duplicate; where somebody else holds the identifier by now the account was told (`HolderChange`), and the usage goes on to usage.moves. Nearly all
/// accounts were never told anything: all that comes is their own.
///
/// A usage that left is `away`: known, so that a copy is a duplicate, and yet taken once where it comes back as a move.
extension RateState {
    /// The revision by which the usage is another's; nil where it is its account's own.
    func otherHolder(of usage: UsageView, _ account: UInt32) -> Int64? {
        guard let subscription = subscriptionIDs.find(usage.subscription, owner: account) else { return nil }
        let identifier = Identifier.key(ofNormalized: usage.servedParty)
        guard let held = holders[.init(account: account, subscription: subscription, identifier: identifier)] else { return nil }
        // Who sent it here may know more than the account was told yet.
        if let moved = usage.movedRevision, moved >= held.revision { return nil }
        return held.spans.contains { $0.contains(usage.startMs) } ? nil : held.revision
    }

    /// Whether another's usage goes on to its holder. What is so old that copies of it are not known any more goes nowhere, for its holder would not take it
    /// either; unless a move brought it, which has no copies.
    func goesOn(_ usage: UsageView) -> Bool {
        usage.movedRevision != nil || Int32(DuplicateGuard.day(of: usage.startMs)) >= duplicates.horizonDay
    }

    mutating func tell(_ key: HeldIdentifier.Key, _ held: HeldIdentifier) {
        holders[key] = held
        accounts[Int(key.account)].isTold = true
        dirtyHolders.append(key)
    }

    /// Remembers a usage that was taken; what had left and came back is known already. Where history is rated anew, another catalogue may be asked for the
    /// same record next.
    @inline(__always)
    mutating func remember(_ known: KnownUsage, _ usage: UsageView, _ position: RawPosition) {
        if catalogueAnew != nil { return }
        if usage.movedRevision != nil, away[known.identity.whole] != nil { return away.remove(known.identity.whole) }
        duplicates.insert(known, position, day: DuplicateGuard.day(of: usage.startMs))
    }

    mutating func noteAway(_ known: KnownUsage, at startMs: Int64) {
        let day = DuplicateGuard.day(of: startMs)
        // What is older is not known as a duplicate either.
        if Int32(day) >= duplicates.horizonDay { away.set(known.identity.whole, day) }
    }

    /// Forgets what left and began before the guard's horizon, as the guard does.
    mutating func dropAway() {
        if away.count == 0 { return }
        var old: [EventID] = []
        let horizonDay = duplicates.horizonDay
        away.forEach { id, day in if Int32(copy day) < horizonDay { old.append(id) } }
        for id in old.sorted() { away.remove(id) }
    }

    // MARK: In the changelog

    mutating func flushHolders(to changelog: inout ChangelogWriter) {
        for holder in dirtyHolders {
            guard let held = holders[holder] else { continue }
            var key = accountIDs.withBytes(of: holder.account) { Self.key(Kind.holder, $0) }
            key += Self.bytes(of: holder.identifier)
            subscriptionIDs.withBytes(of: holder.subscription) { key += $0 }
            var value: [UInt8] = [Self.layout]
            value.appendZigzag(held.revision)
            value.appendVarint(UInt64(held.spans.count))
            for span in held.spans { for ms in [span.lowerBound, span.upperBound] { value.appendZigzag(ms) } }
            changelog.put(key: key, value: value)
        }
        dirtyHolders.removeAll(keepingCapacity: true)
        var entries: [(key: [UInt8], day: UInt16?)] = []
        away.drainDirty { id, day in entries.append((Self.key(Kind.away) + Self.bytes(of: id), copy day)) }
        for (key, day) in entries {
            guard let day else {
                changelog.remove(key: key)
                continue
            }
            var value: [UInt8] = [Self.layout]
            value.appendVarint(UInt64(day))
            changelog.put(key: key, value: value)
        }
    }

    mutating func restoreHolder(_ account: UnsafeRawBufferPointer, _ key: inout WireReader, _ entry: inout WireReader) {
        let identifier = Self.id(&key)
        var held = HeldIdentifier(revision: entry.zigzag(), spans: [])
        for _ in 0..<min(entry.varint(), 1 << 20) where !entry.isBroken {
            let (from, to) = (entry.zigzag(), entry.zigzag())
            held.spans.append(from..<max(from, to))
        }
        if key.isBroken || entry.isBroken { return }
        let account = accountNumber(account)
        tell(.init(account: account, subscription: subscriptionNumber(key.rest, account: account), identifier: identifier), held)
        dirtyHolders.removeAll(keepingCapacity: true)
    }

    /// Takes an identity that is away; nil where it came back, or was forgotten.
    mutating func restoreAway(_ key: inout WireReader, day: UInt64?) {
        let id = Self.id(&key)
        if key.isBroken { return }
        if let day { away.set(id, UInt16(clamping: day), clean: true) } else { away.remove(id, clean: true) }
    }

    private static func bytes(of id: EventID) -> [UInt8] {
        [id.high, id.low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } }
    }

    private static func id(_ reader: inout WireReader) -> EventID {
        EventID(high: reader.fixed64().byteSwapped, low: reader.fixed64().byteSwapped)
    }
}
