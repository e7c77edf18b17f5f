import Events

/// A span [from, to) in which usage of a subscription is barred.
struct Suspension: Equatable {
    var fromMs: Int64
    /// `Int64.max` while it lasts.
    var toMs = Int64.max
    var barring: BarringLevel
    /// For people.
    var reason: String

    init(fromMs: Int64, barring: BarringLevel, reason: String) {
        (self.fromMs, self.barring, self.reason) = (fromMs, barring, reason)
    }

    // MARK: In the changelog

    init(from entry: inout WireReader) {
        fromMs = entry.zigzag()
        toMs = entry.zigzag()
        barring = BarringLevel(rawValue: Int(truncatingIfNeeded: entry.varint())) ?? .all
        reason = String(decoding: entry.delimited(), as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.appendZigzag(fromMs)
        bytes.appendZigzag(toMs)
        bytes.appendVarint(UInt64(barring.rawValue))
        bytes.appendVarint(UInt64(reason.utf8.count))
        bytes += reason.utf8
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
    /// That of the moment; nil where there is none.
    func suspension(of subscription: UInt32, at ms: Int64) -> Suspension? {
        guard subscriptions[Int(subscription)].isEverSuspended else { return nil }
        return suspensions[subscription]?.first { $0.fromMs <= ms && ms < $0.toMs }
    }

    mutating func set(suspensions list: [Suspension], of subscription: UInt32) {
        subscriptions[Int(subscription)].isEverSuspended = !list.isEmpty
        if !list.isEmpty || suspensions[subscription] != nil { suspensions[subscription] = list }
    }
}
