import Events
import Quantities

/// Whose usage an identifier's is, as it is known now, and who has to be told that it is otherwise than it was.
///
/// Usage is sent to its first holder's partition for some time after a change, whatever the directory says since: a copy of it may have been rated there. So
/// whoever held the identifier must know what of that is its own.
extension CustomersState {
    /// The spans of those that hold or held an identifier, in the order in which they first did.
    struct HolderBooks {
        struct Book: Equatable {
            var account: String
            var subscription: String
            var spans: [Range<Int64>]
        }

        var books: [Book] = []

        func spans(of book: Book) -> [Range<Int64>]? {
            books.first { $0.account == book.account && $0.subscription == book.subscription }?.spans
        }
    }

    /// Whether rating is told of the identifier's changes. The first generation has no place for it; but whoever was told once is told of all.
    func tellsHolders(of held: HeldIdentifier) -> Bool { format >= .second || held.revision > 0 }

    func holderBooks(_ key: EventID) -> HolderBooks {
        var books = HolderBooks()
        guard let held = identifiers[key] else { return books }
        for holding in held.assignments {
            let end = tailEnd(of: holding, held)
            let place = books.books.firstIndex { $0.account == holding.account && $0.subscription == holding.subscription } ?? books.books.count
            if place == books.books.count {
                books.books.append(.init(account: holding.account, subscription: holding.subscription, spans: []))
            }
            if holding.fromMs < end { books.books[place].spans.append(holding.fromMs..<end) }
        }
        for place in books.books.indices { books.books[place].spans = Self.merged(books.books[place].spans) }
        return books
    }

    /// Where it ended with the subscription, usage after that is for the subscription's offering to decide about until somebody else is assigned.
    func tailEnd(of holding: Holding, _ held: HeldIdentifier) -> Int64 {
        if holding.toMs == 0 { return .max }
        guard let endMs = subscriptions[holding.subscription]?.endMs, endMs > 0, max(endMs, holding.fromMs) == holding.toMs else { return holding.toMs }
        // Who gave it up before it began never held it.
        return held.assignments.lazy.filter { $0.fromMs >= holding.toMs && $0.event != holding.event && ($0.toMs == 0 || $0.fromMs < $0.toMs) }
            .map(\.fromMs).min() ?? .max
    }

    private static func merged(_ spans: [Range<Int64>]) -> [Range<Int64>] {
        var merged: [Range<Int64>] = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, last.upperBound >= span.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                merged.append(span)
            }
        }
        return merged
    }

    /// Counts the change, and says what those that held the identifier before must know.
    mutating func tellHolders(of key: EventID, before: HolderBooks, recordedMs: Int64) -> [HolderChange] {
        guard var held = identifiers[key], tellsHolders(of: held) else { return [] }
        var before = before
        if held.revision == 0 {
            // Nobody was told of anything yet: what they gave up while an older build, or the first format, was at work is told now.
            for place in before.books.indices {
                let own = held.assignments.filter { $0.account == before.books[place].account && $0.subscription == before.books[place].subscription }
                before.books[place].spans = own.map(\.fromMs).min().map { [$0..<Int64.max] } ?? []
            }
            for place in held.assignments.indices where held.assignments[place].toMs != 0 && held.assignments[place].firstToMs == 0 {
                held.assignments[place].firstToMs = HeldFirst.until(
                    toMs: 0, firstToMs: 0, releasedMs: held.assignments[place].toMs, recordedMs: recordedMs)
            }
        }
        held.revision += 1
        identifiers.set(key, held)
        let now = holderBooks(key)
        return before.books.compactMap { book in
            guard let spans = now.spans(of: book), spans != book.spans else { return nil }
            return .with {
                $0.account = book.account
                $0.subscription = book.subscription
                $0.identifierHigh = key.high
                $0.identifierLow = key.low
                $0.revision = held.revision
                $0.held = spans.map { span in
                    .with { (part: inout HeldSpan) in (part.fromMs, part.toMs) = (span.lowerBound, span.upperBound == .max ? 0 : span.upperBound) }
                }
                if let lost = Self.firstLost(book.spans, spans) { $0.lostFromMs = lost }
            }
        }
    }

    /// The first moment that is in `before` and not in `now`; both are in order of time, and without overlaps.
    private static func firstLost(_ before: [Range<Int64>], _ now: [Range<Int64>]) -> Int64? {
        for span in before {
            var at = span.lowerBound
            while let cover = now.first(where: { $0.contains(at) }) { at = cover.upperBound }
            if at < span.upperBound { return at }
        }
        return nil
    }
}

/// Until when usage goes to a holder first that is not, or not for long, its holder any more.
package enum HeldFirst {
    /// For how long after a release, or after it was known, whichever is later: no copy of what begins later can have been rated there, were the directory
    /// weeks behind. Only where settings let usage begin further ahead of the clock than this (`ahead`) may such a copy be charged to both, until what the
    /// change proposed is carried out: the usage then comes to its holder, who knows it.
    static let forMs: Int64 = 31 * Timestamp.msPerDay

    /// Never longer than it was to hold the identifier, and never less than was said before.
    /// - Parameters:
    ///   - toMs: the end that it had until now; 0 where it had none.
    ///   - firstToMs: what was said before; 0 for nothing.
    package static func until(toMs: Int64, firstToMs: Int64, releasedMs: Int64, recordedMs: Int64) -> Int64 {
        let (sum, overflows) = max(releasedMs, recordedMs).addingReportingOverflow(forMs)
        let known = overflows ? Int64.max : sum
        return max(firstToMs, toMs == 0 ? known : min(known, toMs))
    }
}
