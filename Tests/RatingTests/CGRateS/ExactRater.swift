import Quantities

/// Prices calls as CGRateS documents it, in fractions: written after its documentation, and where that is silent after what 0.10 does; not after our own
/// rating. Numbers are compared without a plus sign, which the import says of itself.
struct ExactRater {
    struct Call {
        var type = "voice"
        var category = "call"
        var subject: String
        var destination: String
        var startMs: Int64
        /// Millionths: of a second, a byte, an event.
        var micros: Int64
    }

    enum Outcome {
        case cost(Fraction)
        case noPrice
        /// CGRateS does otherwise than the catalogue can, and a note on this line tells so.
        case told(file: String, line: Int)
    }

    struct Interval {
        let timing: Timing
        let rate: Rate
        let weight: Fraction
        /// Place among the intervals of its destination.
        let place: Int
        /// Of RatingPlans.
        let line: Int
    }

    struct Slot {
        let from: Int64
        let rate: Fraction
        let unit: Int64
        let increment: Int64
    }

    struct Rate {
        var slots: [Slot]
        var fee = Fraction.zero
        var rounding: Fraction.Rounding?
        var decimals = 0
        var maximum = Fraction.zero
        /// The line of a slot that begins within an increment of the one before.
        var crookedLine: Int?
    }

    struct Activation {
        let fromMs: Int64
        let plan: String
        let fallbacks: [String]
        let line: Int
    }

    private var destinations: [String: Set<String>] = [:]
    private var prefixes: Set<String> = []
    private var plans: [String: [String: [Interval]]] = [:]
    private var profiles: [String: [Activation]] = [:]

    init(_ text: PlanText) {
        for (_, fields) in text.rows("Destinations.csv") where !fields[1].isEmpty {
            destinations[fields[0], default: []].insert(Self.unsigned(fields[1]))
        }
        let timings = Dictionary(text.rows("Timings.csv").map { ($0.fields[0], Timing($0.fields)) }, uniquingKeysWith: { _, last in last })
        var slots: [String: [(line: Int, slot: Slot)]] = [:]
        var fees: [String: Fraction] = [:]
        for (line, fields) in text.rows("Rates.csv") {
            let slot = Slot(
                from: Self.micros(fields[5]), rate: Fraction(fields[2]) ?? .zero, unit: Self.micros(fields[3], ofZero: 1_000_000),
                increment: Self.micros(fields[4], ofZero: 1_000_000))
            slots[fields[0], default: []].append((line, slot))
            if fees[fields[0]] == nil { fees[fields[0]] = Fraction(fields[1]) ?? .zero }
        }
        var rates: [String: [(destination: String, rate: Rate)]] = [:]
        for (_, fields) in text.rows("DestinationRates.csv") {
            var rate = Self.rate(slots[fields[2]] ?? [])
            rate.fee = fees[fields[2]] ?? .zero
            rate.decimals = Int(fields[4]) ?? 0
            rate.rounding = ["*up": .up, "*middle": .middle, "*down": .down][fields[3]]
            if fields[6] == "*free" { rate.maximum = Fraction(fields[5]) ?? .zero }
            rates[fields[0], default: []].append((fields[1], rate))
        }
        for (line, fields) in text.rows("RatingPlans.csv") {
            let timing = timings[fields[2]] ?? Timing(["", "*any", "*any", "*any", "*any", "00:00:00"])
            for (destination, rate) in rates[fields[1]] ?? [] {
                let place = plans[fields[0]]?[destination]?.count ?? 0
                let interval = Interval(timing: timing, rate: rate, weight: Fraction(fields[3]) ?? .zero, place: place, line: line)
                plans[fields[0], default: [:]][destination, default: []].append(interval)
            }
        }
        for (line, fields) in text.rows("RatingProfiles.csv") {
            let fromMs = Timestamp(rfc3339: fields[3])?.ms ?? Int64.min
            let fallbacks = Set(fields[5].split(separator: ";").map(String.init)).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            profiles[fields[1] + "/" + fields[2], default: []].append(Activation(fromMs: fromMs, plan: fields[4], fallbacks: fallbacks, line: line))
        }
    }

    static func unsigned(_ text: String) -> String { text.hasPrefix("+") ? String(text.dropFirst()) : text }

    /// Slots in order; of those that begin together the last holds.
    private static func rate(_ lines: [(line: Int, slot: Slot)]) -> Rate {
        var rate = Rate(slots: [])
        for (line, slot) in lines.enumerated().sorted(by: { ($0.element.slot.from, $0.offset) < ($1.element.slot.from, $1.offset) }).map(\.element) {
            if let last = rate.slots.last, last.from == slot.from { rate.slots.removeLast() }
            if let last = rate.slots.last, (slot.from - last.from) % last.increment != 0 { rate.crookedLine = line }
            rate.slots.append(slot)
        }
        return rate
    }

    private static func micros(_ text: String, ofZero zero: Int64 = 0) -> Int64 {
        let units: [(String, Int64)] = [("ms", 1000), ("m", 60_000_000), ("h", 3_600_000_000), ("s", 1_000_000)]
        let (number, factor) = units.first { text.hasSuffix($0.0) }.map { (text.dropLast($0.0.count), $0.1) } ?? (text[...], 1_000_000)
        let value = (Fraction(number) ?? .zero) * Fraction(Int128(factor))
        return value == .zero ? zero : Int64(value.floor)
    }

    // MARK: Whose plan

    private enum Found {
        case intervals([Interval])
        case told(Int)
        case noProfile
        /// With fallbacks it leaves a gap which no other subject fills.
        case nothing(hasFallbacks: Bool)
    }

    func price(_ call: Call) -> Outcome {
        var found = find(call.subject, call, depth: 1)
        if case .noProfile = found { found = find("*any", call, depth: 1) }
        switch found {
        case .intervals(let intervals):
            if call.type == "voice", let crossed = crossed(call, call.startMs + call.micros / 1000) {
                return .told(file: "RatingProfiles.csv", line: crossed)
            }
            // CGRateS looks no further than *any, be it without a rate.
            if !intervals.contains(where: { $0.timing.holds(at: call.startMs) }), let line = intervals.map(\.line).min() {
                return .told(file: "RatingPlans.csv", line: line)
            }
            return cost(call, intervals)
        case .told(let line): return .told(file: "RatingProfiles.csv", line: line)
        case .noProfile, .nothing: return .noPrice
        }
    }

    /// A profile of the category comes into force during the call.
    private func crossed(_ call: Call, _ endMs: Int64) -> Int? {
        profiles.filter { $0.key.hasPrefix(call.category + "/") }.values.flatMap { activations in
            let sorted = activations.sorted { $0.fromMs < $1.fromMs }
            return zip(sorted, sorted.dropFirst()).filter { $0.plan != $1.plan && $1.fromMs > call.startMs && $1.fromMs <= endMs }.map(\.1.line)
        }.min()
    }

    private func find(_ subject: String, _ call: Call, depth: Int) -> Found {
        guard depth <= 3, let activations = profiles[call.category + "/" + subject] else { return .noProfile }
        guard let current = activations.enumerated().filter({ $0.element.fromMs <= call.startMs })
            .max(by: { ($0.element.fromMs, $0.offset) < ($1.element.fromMs, $1.offset) })?.element
        else { return .told(activations.min { $0.fromMs < $1.fromMs }?.line ?? 0) }
        if let intervals = destination(in: plans[current.plan] ?? [:], call) { return .intervals(intervals) }
        for fallback in current.fallbacks {
            switch find(fallback, call, depth: depth + 1) {
            case .noProfile, .nothing(hasFallbacks: false): continue
            case .nothing(hasFallbacks: true): return .nothing(hasFallbacks: true)
            case let found: return found
            }
        }
        return .nothing(hasFallbacks: !current.fallbacks.isEmpty)
    }

    // MARK: Which destination

    /// That of the longest prefix that has a rate at the call's start, the heaviest of several; *any where there is none.
    private func destination(in plan: [String: [Interval]], _ call: Call) -> [Interval]? {
        var number = Self.unsigned(call.destination)
        if number == "*any" { number = "" }
        while !number.isEmpty {
            let candidates = plan.filter { tag, intervals in
                destinations[tag]?.contains(number) == true && intervals.contains { $0.timing.holds(at: call.startMs) }
            }
            let best = candidates.max { heaviest($0.value) < heaviest($1.value) }
            if let best { return best.value }
            number.removeLast()
        }
        return plan["*any"]
    }

    private func heaviest(_ intervals: [Interval]) -> Fraction { intervals.map(\.weight).max() ?? .zero }

    // MARK: What it costs

    private func cost(_ call: Call, _ intervals: [Interval]) -> Outcome {
        if call.micros == 0 { return .cost(.zero) }
        var total = Fraction.zero
        var rounding: (method: Fraction.Rounding?, decimals: Int) = (nil, 0)
        var at: Int64 = 0
        while at < call.micros {
            guard let interval = best(intervals, call.startMs + at / 1000) else { return .noPrice }
            let end = call.type == "voice" ? min(call.micros, end(of: interval, intervals, call, at)) : call.micros
            if at == 0 { total = interval.rate.fee }
            if let line = interval.rate.crookedLine, at > 0 || end < call.micros { return .told(file: "Rates.csv", line: line) }
            while at < end {
                guard let place = interval.rate.slots.lastIndex(where: { $0.from <= at }) else { return .noPrice }
                let slot = interval.rate.slots[place]
                let until = place + 1 < interval.rate.slots.count ? min(end, interval.rate.slots[place + 1].from) : end
                let counted = (until - at + slot.increment - 1) / slot.increment * slot.increment
                total = total + slot.rate * Fraction(Int128(counted), by: Int128(slot.unit))
                at += counted
            }
            if interval.rate.maximum > .zero { total = min(total, interval.rate.maximum) }
            if interval.rate.decimals > rounding.decimals { rounding = (interval.rate.rounding, interval.rate.decimals) }
        }
        return .cost(rounding.method.map { total.rounded($0, decimals: rounding.decimals) } ?? total)
    }

    /// The heaviest that holds, then the one that began last, then the first line.
    private func best(_ intervals: [Interval], _ ms: Int64) -> Interval? {
        intervals.filter { $0.timing.holds(at: ms) }.min { a, b in
            if a.weight != b.weight { return a.weight > b.weight }
            return a.timing.startMs != b.timing.startMs ? a.timing.startMs > b.timing.startMs : a.place < b.place
        }
    }

    /// Where in the call another interval, or none, takes the place of this one.
    private func end(of interval: Interval, _ intervals: [Interval], _ call: Call, _ at: Int64) -> Int64 {
        var day = (call.startMs + at / 1000) / 86_400_000
        while day * 86_400_000 < call.startMs + call.micros / 1000 {
            let edges = Set(intervals.map { day * 86_400_000 + $0.timing.startMs } + [day * 86_400_000]).sorted()
            for edge in edges where edge > call.startMs + at / 1000 && best(intervals, edge)?.place != interval.place {
                return (edge - call.startMs) * 1000
            }
            day += 1
        }
        return Int64.max
    }
}

/// From a time of day to its end, on certain days; UTC.
struct Timing {
    let years: Set<Int>
    let months: Set<Int>
    let monthDays: Set<Int>
    /// 0 is Sunday.
    let weekdays: Set<Int>
    let startMs: Int64

    /// The fields of a line of Timings.
    init(_ fields: [String]) {
        func numbers(_ text: String) -> Set<Int> { Set(text.split(separator: ";").compactMap { Int($0) }) }
        years = numbers(fields[1])
        months = numbers(fields[2])
        monthDays = numbers(fields[3])
        weekdays = Set(numbers(fields[4]).map { $0 % 7 })
        let clock = fields[5].split(separator: ":").compactMap { Int64($0) }
        startMs = clock.count == 3 ? (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000 : 0
    }

    func holds(at ms: Int64) -> Bool {
        let day = ms / 86_400_000
        let date = CivilDate(daysSince1970: Int(day))
        return (years.isEmpty || years.contains(date.year)) && (months.isEmpty || months.contains(date.month))
            && (monthDays.isEmpty || monthDays.contains(date.day)) && (weekdays.isEmpty || weekdays.contains(Int((day + 4) % 7)))
            && ms % 86_400_000 >= startMs
    }
}
