extension PriceSteps {
    /// What of the counted quantity from `start` to `end` lies in which step.
    /// - Parameter origin: where the first increment begins.
    func lines(from start: Int128, to end: Int128, countedFrom origin: Int128 = 0) -> [Quote.Step] {
        if end == 0 { return all.prefix(1).filter { $0.flatNanos != 0 }.map { line($0, 0) } }
        var lines: [Quote.Step] = []
        eachReach(from: origin, to: end) { step, reach in
            let from = max(start, reach.lowerBound)
            let to = min(end, reach.upperBound)
            if from < to { lines.append(line(step, to - from)) }
        }
        return lines
    }

    private func line(_ step: Step, _ quantity: Int128) -> Quote.Step {
        Quote.Step(quantityMicros: quantity, priceNanos: step.priceNanos, perMicros: step.pricePerMicros, flatNanos: step.flatNanos)
    }

    /// The one step that prices all of a volume.
    func volumeLines(of quantity: Int128, counted: Int128) -> [Quote.Step] {
        all.first { quantity <= $0.toMicros }.map {
            [Quote.Step(quantityMicros: counted, priceNanos: $0.priceNanos, perMicros: $0.pricePerMicros, flatNanos: $0.flatNanos)]
        } ?? []
    }
}
