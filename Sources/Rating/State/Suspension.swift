import Events

/// A span [from, to) in which usage of a subscription is barred.
struct Suspension: Equatable {
    var fromMs: Int64
    /// `Int64.max` while it lasts.
    var toMs = Int64.max
    var barring: BarringLevel
    /// For people.
    var reason: String
    /// The start of the account's oldest open period when it was ordered: what had ended before had its fees, whatever the suspension waives.
    var orderedInMs: Int64

    init(fromMs: Int64, barring: BarringLevel, reason: String, orderedInMs: Int64) {
        (self.fromMs, self.barring, self.reason, self.orderedInMs) = (fromMs, barring, reason, orderedInMs)
    }

    // MARK: In the changelog

    init(from entry: inout WireReader, version: UInt8) {
        fromMs = entry.zigzag()
        toMs = entry.zigzag()
        barring = BarringLevel(rawValue: Int(truncatingIfNeeded: entry.varint())) ?? .all
        reason = String(decoding: entry.delimited(), as: UTF8.self)
        // Version 2 did not know it, and waived every fee of the span.
        orderedInMs = version < 3 ? Int64.min : entry.zigzag()
    }

    func append(to bytes: inout [UInt8]) {
        bytes.appendZigzag(fromMs)
        bytes.appendZigzag(toMs)
        bytes.appendVarint(UInt64(barring.rawValue))
        bytes.appendVarint(UInt64(reason.utf8.count))
        bytes += reason.utf8
        bytes.appendZigzag(orderedInMs)
    }
}

extension [Suspension] {
    /// Whether there is no moment of the range that none of them holds; they are in order.
    func cover(_ range: Range<Int64>) -> Bool {
        var covered = range.lowerBound
        for suspension in self where suspension.fromMs <= covered && covered < suspension.toMs { covered = suspension.toMs }
        return covered >= range.upperBound
    }
}

extension RateState {
    /// So many changes of one kind, of times from which usage is still taken, does one subscription have at most: its entry must fit into a record.
    static let mostChanges = 500

    /// That of the moment; nil where there is none.
    func suspension(of subscription: UInt32, at ms: Int64) -> Suspension? {
        guard subscriptions[Int(subscription)].isEverSuspended else { return nil }
        return suspensions[subscription]?.first { $0.fromMs <= ms && ms < $0.toMs }
    }

    /// Forgets those that ended before any usage or fee that is still found.
    mutating func dropSuspensions(of subscription: UInt32, endedBy keptStartMs: Int64) {
        guard subscriptions[Int(subscription)].isEverSuspended, let all = suspensions[subscription], all.contains(where: { $0.toMs <= keptStartMs })
        else { return }
        set(suspensions: all.filter { $0.toMs > keptStartMs }, of: subscription)
        markDirty(subscription: subscription)
    }

    mutating func set(suspensions list: [Suspension], of subscription: UInt32) {
        subscriptions[Int(subscription)].isEverSuspended = !list.isEmpty
        if !list.isEmpty || suspensions[subscription] != nil { suspensions[subscription] = list }
    }
}
