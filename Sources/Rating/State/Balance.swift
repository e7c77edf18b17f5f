import Quantities

/// The money of a prepaid account.
struct Balance {
    struct Part {
        var nanos: Int64
        /// `Int64.max`: never.
        var expiresMs: Int64
    }

    var account: UInt32
    /// All above zero, what expires first first, one for each expiry. What has expired stays until it is revived or written off.
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
    var isDirty = false
    /// Under which time it is queued for the writing off of what expires; `Int64.max`: not at all. Derived, and not in the changelog.
    var queuedMs = Int64.max

    /// How many expiries one balance may have.
    static let maxParts = 1000

    /// What has expired included.
    var totalNanos: Int64 { Int64(clamping: parts.reduce(Int128(0)) { $0 + Int128($1.nanos) } - Int128(owedNanos)) }

    /// What a charge at `ms` may come to: reservations, when there are any, would be taken off here.
    func availableNanos(at ms: Int64) -> Int128 {
        parts.reduce(Int128(creditLimitNanos) - Int128(owedNanos)) { $1.expiresMs > ms ? $0 + Int128($1.nanos) : $0 }
    }

    /// Pays what is not more than available, with the money that expires first; the rest on credit.
    mutating func debit(_ nanos: Int64, at ms: Int64) {
        var rest = nanos
        for place in parts.indices where rest > 0 && parts[place].expiresMs > ms {
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
    mutating func topUp(_ nanos: Int64, expiresMs: Int64, at ms: Int64, graceMs: Int64) -> Int64? {
        var (kept, revived) = ([Part](), Int64(0))
        for part in parts {
            if part.expiresMs <= ms, ms - part.expiresMs < graceMs { revived += part.nanos } else { kept.append(part) }
        }
        let back = min(owedNanos, nanos + revived)
        let added = nanos - back + revived
        if added > 0 {
            let place = kept.firstIndex { $0.expiresMs >= expiresMs } ?? kept.count
            if place < kept.count, kept[place].expiresMs == expiresMs {
                kept[place].nanos += added
            } else {
                if kept.count == Self.maxParts { return nil }
                kept.insert(Part(nanos: added, expiresMs: expiresMs), at: place)
            }
        }
        owedNanos -= back
        parts = kept
        return revived
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
