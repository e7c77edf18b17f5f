import Quantities

/// The money of a prepaid account.
struct Balance {
    struct Part {
        var nanos: Int64
        /// `Int64.max`: never.
        var expiresMs: Int64
        /// Usage that starts before sees nothing of it; `Int64.min` once a tick has passed that time: then it is there for whatever comes.
        var fromMs = Int64.min
    }

    var account: UInt32
    /// All above zero, what expires first first, one for each expiry and time from which on it counts. What has expired stays until it is revived or
    /// written off.
    var parts: [Part] = []
    /// What was paid on credit and no top-up has paid back yet.
    var owedNanos: Int64 = 0
    var creditLimitNanos: Int64 = 0
    /// Zero amounts: no money is asked for.
    var autoBelowNanos: Int64 = 0
    var autoAmountNanos: Int64 = 0
    var recurringAmountNanos: Int64 = 0
    /// Money was asked for because there was too little, and none has come since.
    var isRequested = false
    /// Whether a part counts only from a time on that no tick has passed.
    var hasDated = false
    var isDirty = false
    /// Under which time it is queued for the writing off of what expires; `Int64.max`: not at all. Derived, and not in the changelog.
    var queuedMs = Int64.max

    /// How many expiries one balance may have.
    static let maxParts = 1000

    /// What has expired included.
    var totalNanos: Int64 { Int64(clamping: parts.reduce(Int128(0)) { $0 + Int128($1.nanos) } - Int128(owedNanos)) }

    /// What a charge at `ms` may come to: reservations, when there are any, would be taken off here.
    func availableNanos(at ms: Int64) -> Int128 {
        parts.reduce(Int128(creditLimitNanos) - Int128(owedNanos)) { $1.expiresMs > ms && $1.fromMs <= ms ? $0 + Int128($1.nanos) : $0 }
    }

    /// Pays what is not more than available, with the money that expires first; the rest on credit.
    mutating func debit(_ nanos: Int64, at ms: Int64) {
        var rest = nanos
        for place in parts.indices where rest > 0 && parts[place].expiresMs > ms && parts[place].fromMs <= ms {
            let paid = min(rest, parts[place].nanos)
            parts[place].nanos -= paid
            rest -= paid
        }
        parts.removeAll { $0.nanos == 0 }
        owedNanos += rest
    }

    /// Adds money that was paid at `ms`: what has expired less than `graceMs` ago is revived until the new money expires,
    /// and both pay back what is owed.
    /// What was revived; nil, and nothing changed, where there are too many expiries.
    /// - Parameter fromMs: from when on it counts; `Int64.min` where its time has come.
    mutating func topUp(_ nanos: Int64, expiresMs: Int64, fromMs: Int64 = Int64.min, at ms: Int64, graceMs: Int64) -> Int64? {
        var (kept, revived) = ([Part](), Int64(0))
        for part in parts {
            if part.expiresMs <= ms, ms - part.expiresMs < graceMs { revived += part.nanos } else { kept.append(part) }
        }
        let back = min(owedNanos, nanos + revived)
        let added = nanos - back + revived
        if added > 0 {
            let place = kept.firstIndex { ($0.expiresMs, $0.fromMs) >= (expiresMs, fromMs) } ?? kept.count
            if place < kept.count, (kept[place].expiresMs, kept[place].fromMs) == (expiresMs, fromMs) {
                kept[place].nanos += added
            } else {
                if kept.count == Self.maxParts { return nil }
                kept.insert(Part(nanos: added, expiresMs: expiresMs, fromMs: fromMs), at: place)
                if fromMs > Int64.min { hasDated = true }
            }
        }
        owedNanos -= back
        parts = kept
        return revived
    }

    /// A tick has passed `ms`: what counts from then on or earlier is there for whatever comes.
    mutating func release(by ms: Int64) {
        var released: [Part] = []
        for var part in parts {
            if part.fromMs <= ms { part.fromMs = Int64.min }
            let place = released.firstIndex { ($0.expiresMs, $0.fromMs) == (part.expiresMs, part.fromMs) }
            if let place { released[place].nanos += part.nanos } else { released.append(part) }
        }
        parts = released.sorted { ($0.expiresMs, $0.fromMs) < ($1.expiresMs, $1.fromMs) }
        hasDated = parts.contains { $0.fromMs > Int64.min }
    }

    /// Takes out what expired at `ms` or before.
    mutating func writeOff(expiredBy ms: Int64) -> Int64 {
        let expired = parts.prefix { $0.expiresMs <= ms }
        parts.removeFirst(expired.count)
        return expired.reduce(0) { $0 + $1.nanos }
    }
}

/// What a prepaid balance paid of a charge, and what it then was.
struct Payment {
    var paidNanos: Int64
    var leftNanos: Int64
}
