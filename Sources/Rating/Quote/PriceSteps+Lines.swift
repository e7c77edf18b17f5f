extension PriceSteps {
    /// What of the counted quantity from `start` to `end` lies in which step.
    func lines(from start: Int64, to end: Int64) -> [Quote.Step] {
        all.compactMap { step in
            let quantity = min(end, step.toMicros) - max(start, step.fromMicros)
            guard quantity > 0 || (end == 0 && step.fromMicros == 0 && step.flatNanos != 0) else { return nil }
            return Quote.Step(
                quantityMicros: max(0, quantity), priceNanos: step.priceNanos, perMicros: step.pricePerMicros, flatNanos: step.flatNanos)
        }
    }

    /// The one step that prices all of a volume.
    func volumeLines(of quantity: Int64, counted: Int64) -> [Quote.Step] {
        all.first { quantity <= $0.toMicros }.map {
            [Quote.Step(quantityMicros: counted, priceNanos: $0.priceNanos, perMicros: $0.pricePerMicros, flatNanos: $0.flatNanos)]
        } ?? []
    }
}
