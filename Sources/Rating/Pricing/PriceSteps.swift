import Events
import Quantities

/// The steps of a price: from what point on which increment and price hold. The first starts at 0; a step includes its upper
/// bound, the next starts right after it.
struct PriceSteps: Sendable {
    struct Step: Sendable {
        var fromMicros: Int128
        /// Where the next step begins; `Int128.max` for the last.
        var toMicros: Int128
        var incrementMicros: Int64
        var priceNanos: Int64
        var pricePerMicros: Int64
        var flatNanos: Int64
        /// The price of a millionth in lowest terms.
        var price: (numerator: Int64, denominator: Int64)
        /// The same, of the denominator that all steps share.
        var sharedNumerator: Int64 = 0

        // In 64 bits; what lies beyond is as good as the end of them for what lies within.
        @inline(__always)
        var shortFrom: Int64 { Int64(clamping: fromMicros) }
        @inline(__always)
        var shortTo: Int64 { Int64(clamping: toMicros) }
    }

    /// No shared denominator is larger: so that those of three prices can still be brought to a common one.
    private static let largestSharedDenominator = Int128(1) << 30

    private let first: Step
    private let others: [Step]
    /// How each step's part is rounded at the nano, by the first rules. By the second it is not: what the steps come to is rounded once, as a whole.
    private let rounding: Rounding?
    /// In which a charge of several steps is summed in 64 bits; 0: it isn't.
    private let sharedDenominator: Int64
    let hasFlats: Bool

    init(_ steps: [RateStep], rounding: Rounding, _ rules: RulesVersion) throws(TariffError) {
        var compiled: [Step] = []
        for (place, step) in steps.enumerated() {
            guard let from = step.from, let to = place + 1 < steps.count ? steps[place + 1].from : Int128.max, step.incrementMicros > 0,
                step.pricePerMicros > 0, from < to, (place == 0) == (from == 0)
            else {
                throw TariffError(reason: "a price's steps are not in order, or an increment is not positive")
            }
            compiled.append(
                Step(
                    fromMicros: from, toMicros: to, incrementMicros: step.incrementMicros, priceNanos: step.priceNanos,
                    pricePerMicros: step.pricePerMicros, flatNanos: step.flatNanos,
                    price: ExactAmount.reduced(step.priceNanos, per: step.pricePerMicros)))
        }
        let common = ExactAmount.commonDenominator(of: steps.lazy.map { ($0.priceNanos, $0.pricePerMicros) })
        guard rules < .second || common != nil else {
            throw TariffError(reason: "the prices of a price's steps have no common denominator of 90 bits, in which a charge could be summed exactly")
        }
        var shared: Int64 = 0
        if rules >= .second, let common, common <= Self.largestSharedDenominator {
            shared = Int64(common)
            for place in compiled.indices {
                let (numerator, overflows) = compiled[place].price.numerator.multipliedReportingOverflow(by: shared / compiled[place].price.denominator)
                compiled[place].sharedNumerator = numerator
                if overflows { shared = 0; break }
            }
        }
        guard let first = compiled.first else { throw TariffError(reason: "a price has no steps") }
        sharedDenominator = shared
        self.first = first
        self.rounding = rules < .second ? rounding : nil
        others = Array(compiled.dropFirst())
        hasFlats = compiled.contains { $0.flatNanos != 0 }
    }

    // MARK: Counting

    /// `quantity` (0 or more) in whole increments, each started one in full. Nil above 128 bits.
    @inline(__always)
    func counted(_ quantity: Int128) -> Int128? {
        if others.isEmpty { return Self.roundedUp(quantity, to: first.incrementMicros) }
        if let short = Int64(exactly: quantity), let counted = countedInWord(short) { return Int128(counted) }
        return counted(from: 0, to: quantity)
    }

    /// As `counted(from:to:)` from 0 on; nil where 64 bits don't do.
    private func countedInWord(_ end: Int64) -> Int64? {
        var at: Int64 = 0
        func advance(_ step: borrowing Step) -> Bool {
            at = max(at, step.shortFrom)
            let part = min(end, step.shortTo) - at
            guard part > 0 else { return true }
            let over = part % step.incrementMicros
            // Never beyond the end where nothing is rounded up.
            let (sum, overflows) = (at + part).addingReportingOverflow(over == 0 ? 0 : step.incrementMicros - over)
            at = sum
            return !overflows
        }
        guard advance(first) else { return nil }
        for place in others.indices where end > others[place].shortFrom { guard advance(others[place]) else { return nil } }
        return at
    }

    /// Where the last increment ends of those that are counted from `start`, on the way to `end`. Increments begin anew at `start` and at
    /// each step.
    func counted(from start: Int128, to end: Int128) -> Int128? {
        guard var at = Self.advance(start, to: min(end, first.toMicros), first) else { return nil }
        for step in others where end > step.fromMicros {
            guard let next = Self.advance(max(at, step.fromMicros), to: min(end, step.toMicros), step) else { return nil }
            at = next
        }
        return at
    }

    private static func advance(_ at: Int128, to end: Int128, _ step: Step) -> Int128? {
        guard at < end else { return at }
        guard let part = roundedUp(end - at, to: step.incrementMicros) else { return nil }
        let (sum, overflows) = at.addingReportingOverflow(part)
        return overflows ? nil : sum
    }

    @inline(__always)
    private static func roundedUp(_ quantity: Int128, to increment: Int64) -> Int128? {
        // Nearly every quantity fits into 64 bits, where a division costs a tenth.
        let over = Int64(exactly: quantity).map { $0 % increment } ?? Int64(quantity % Int128(increment))
        if over == 0 { return quantity }
        let (sum, overflows) = quantity.addingReportingOverflow(Int128(increment - over))
        return overflows ? nil : sum
    }

    // MARK: Graduated

    /// What the counted quantity from `start` to `end` costs. Flat fees are apart.
    /// - Parameter origin: where the first increment begins.
    @inline(__always)
    func cost(from start: Int128, to end: Int128, countedFrom origin: Int128 = 0) -> ExactAmount? {
        if others.isEmpty { return end > start ? cost(end - start, first) : .zero }
        return costOfSteps(from: start, to: end, countedFrom: origin)
    }

    private func costOfSteps(from start: Int128, to end: Int128, countedFrom origin: Int128) -> ExactAmount? {
        if origin > 0 { return costOfReaches(from: start, to: end, countedFrom: origin) }
        if sharedDenominator > 0, let from = Int64(exactly: start), let to = Int64(exactly: end), let sum = sumInWord(from: from, to: to) {
            return ExactAmount(sum, over: sharedDenominator)
        }
        var total = ExactAmount.zero
        if start < min(end, first.toMicros) {
            guard let part = cost(min(end, first.toMicros) - start, first) else { return nil }
            total = part
        }
        for step in others where end > step.fromMicros && start < step.toMicros {
            guard let part = cost(min(end, step.toMicros) - max(start, step.fromMicros), step), total.add(part) else { return nil }
        }
        return total
    }

    /// What the steps from `start` (0 or more) to `end` come to, of the shared denominator; nil where 64 bits don't do.
    private func sumInWord(from start: Int64, to end: Int64) -> Int64? {
        var total: Int64 = 0
        func add(_ step: borrowing Step) -> Bool {
            let quantity = min(end, step.shortTo) - max(start, step.shortFrom)
            guard quantity > 0 else { return true }
            let (product, overflows) = quantity.multipliedReportingOverflow(by: step.sharedNumerator)
            let (sum, carries) = total.addingReportingOverflow(product)
            total = sum
            return !overflows && !carries
        }
        guard add(first) else { return nil }
        for place in others.indices where end > others[place].shortFrom { guard add(others[place]) else { return nil } }
        return total
    }

    private func costOfReaches(from start: Int128, to end: Int128, countedFrom origin: Int128) -> ExactAmount? {
        var total: ExactAmount? = .zero
        eachReach(from: origin, to: end) { step, reach in
            let from = max(start, reach.lowerBound)
            guard from < reach.upperBound, let sum = total else { return }
            var next = sum
            total = cost(reach.upperBound - from, step).flatMap { next.add($0) ? next : nil }
        }
        return total
    }

    /// Each step with what it prices of the increments that are counted from `start` up to `end`, where the last of them ends. One that began in a step
    /// is that step's to its end: where increments begin anew in the midst of a session, that may lie behind the step's.
    func eachReach(from start: Int128, to end: Int128, _ body: (Step, Range<Int128>) -> Void) {
        var at = start
        func take(_ step: Step) {
            guard at < end, at < step.toMicros, let next = Self.advance(at, to: min(end, step.toMicros), step), next > at else { return }
            body(step, at..<next)
            at = next
        }
        take(first)
        for step in others { take(step) }
    }

    /// The flat fees of all steps that a quantity above zero reaches into.
    func flats(upTo end: Int128) -> Int128 {
        guard hasFlats else { return 0 }
        return others.reduce(Int128(first.flatNanos)) { end > $1.fromMicros ? $0 + Int128($1.flatNanos) : $0 }
    }

    /// What a quantity of zero costs where it is charged: the first step's flat fee.
    var costOfZero: Int128 { Int128(first.flatNanos) }

    @inline(__always)
    private func cost(_ quantity: Int128, _ step: Step) -> ExactAmount? {
        // Most products fit into 64 bits; an exact quotient needs no rounding.
        if let (product, overflows) = Int64(exactly: quantity)?.multipliedReportingOverflow(by: step.price.numerator), !overflows {
            let exact = ExactAmount(product, over: step.price.denominator)
            if rounding == nil || exact.part == 0 { return exact }
        }
        return exactCost(quantity, step)
    }

    private func exactCost(_ quantity: Int128, _ step: Step) -> ExactAmount? {
        guard let exact = ExactAmount(quantity, times: step.price.numerator, over: step.price.denominator) else { return nil }
        return rounding.map { ExactAmount(nanos: exact.rounded($0)) } ?? exact
    }

    // MARK: Volume

    private func step(of quantity: Int128) -> Step {
        if quantity <= first.toMicros { return first }
        return others.first { quantity <= $0.toMicros } ?? first
    }

    /// `quantity` in whole increments of the step in which it lies. Nil above 128 bits.
    func countedByVolume(_ quantity: Int128) -> Int128? { Self.roundedUp(quantity, to: step(of: quantity).incrementMicros) }

    /// The whole of `quantity` at the price of the step in which it lies, and that step's flat fee.
    func costByVolume(_ quantity: Int128, counted: Int128) -> ExactAmount? {
        let step = step(of: quantity)
        guard var cost = cost(counted, step), cost.add(ExactAmount(nanos: Int128(step.flatNanos))) else { return nil }
        return cost
    }

    /// The steps in order, to say what was priced how.
    var all: [Step] { [first] + others }
}
