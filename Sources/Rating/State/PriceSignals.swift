import Pipeline

/// The price signals of one partition: by name, spans of time that do not overlap, for one that is published later takes its place in the time of
/// those before it.
struct PriceSignals {
    struct Span: Equatable {
        var fromMs: Int64
        var toMs: Int64
        /// Millionths.
        var multiplierMicros: Int64
    }

    /// No more spans are kept at once, so that no sender of signals can fill the memory.
    static let capacity = 65_536
    private(set) var count = 0
    /// By the name's number; ascending.
    private var timelines: [UInt32: [Span]] = [:]
    /// Names in the order in which they came.
    private var known: [UInt32] = []
    /// What the next flush writes or removes.
    private var changed: [(name: UInt32, fromMs: Int64)] = []

    func span(_ name: UInt32, at ms: Int64) -> Span? {
        guard let timeline = timelines[name] else { return nil }
        let next = Self.place(after: ms, in: timeline)
        return next > 0 && ms < timeline[next - 1].toMs ? timeline[next - 1] : nil
    }

    /// When another span begins or the one at `ms` ends; `Int64.max` where neither will.
    func nextChange(_ name: UInt32, after ms: Int64) -> Int64 {
        guard let timeline = timelines[name] else { return Int64.max }
        let next = Self.place(after: ms, in: timeline)
        let begins = next < timeline.count ? timeline[next].fromMs : Int64.max
        return next > 0 && ms < timeline[next - 1].toMs ? min(begins, timeline[next - 1].toMs) : begins
    }

    /// The place of the first span that begins after `ms`.
    private static func place(after ms: Int64, in timeline: [Span]) -> Int {
        var (low, high) = (0, timeline.count)
        while low < high {
            let middle = (low + high) / 2
            if timeline[middle].fromMs <= ms { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Lets a signal come into force. False where there are too many already.
    mutating func publish(_ name: UInt32, _ span: Span) -> Bool {
        // It may cut one in two.
        guard count + 2 <= Self.capacity else { return false }
        let before = timelines[name] ?? []
        var after: [Span] = []
        for old in before {
            if old.toMs <= span.fromMs || old.fromMs >= span.toMs {
                after.append(old)
                continue
            }
            changed.append((name, old.fromMs))
            if old.fromMs < span.fromMs { after.append(Span(fromMs: old.fromMs, toMs: span.fromMs, multiplierMicros: old.multiplierMicros)) }
            if old.toMs > span.toMs {
                after.append(Span(fromMs: span.toMs, toMs: old.toMs, multiplierMicros: old.multiplierMicros))
                changed.append((name, span.toMs))
            }
        }
        after.insert(span, at: Self.place(after: span.fromMs, in: after))
        changed.append((name, span.fromMs))
        set(name, after)
        return true
    }

    /// Forgets what ended before any usage that is still taken.
    mutating func drop(endedBy ms: Int64) {
        for name in known {
            guard let timeline = timelines[name], let first = timeline.first, first.toMs <= ms else { continue }
            for span in timeline where span.toMs <= ms { changed.append((name, span.fromMs)) }
            set(name, timeline.filter { $0.toMs > ms })
        }
    }

    private mutating func set(_ name: UInt32, _ timeline: [Span]) {
        if timelines[name] == nil { known.append(name) }
        count += timeline.count - (timelines[name]?.count ?? 0)
        timelines[name] = timeline
    }

    // MARK: Changelog

    /// Hands out each change: the name, the beginning, and the span that begins there now; nil where none does any more.
    mutating func flush(_ write: (UInt32, Int64, Span?) -> Void) {
        for (name, fromMs) in changed {
            let now = span(name, at: fromMs)
            write(name, fromMs, now?.fromMs == fromMs ? now : nil)
        }
        changed.removeAll(keepingCapacity: true)
    }

    /// Nil removes the span.
    mutating func restore(_ name: UInt32, fromMs: Int64, _ span: Span?) {
        var timeline = timelines[name] ?? []
        timeline.removeAll { $0.fromMs == fromMs }
        if let span { timeline.insert(span, at: Self.place(after: fromMs, in: timeline)) }
        set(name, timeline)
    }
}
