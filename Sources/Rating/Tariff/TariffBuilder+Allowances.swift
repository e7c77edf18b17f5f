import Events

extension TariffBuilder {
    /// Adds a version's allowances for a usage type, in the order in which they burn.
    mutating func addAllowances(
        of version: OfferingVersion, type: String, _ named: inout [Int32]
    ) throws(TariffError) -> (quantities: Range<Int>, money: Range<Int>) {
        let first = allowances.count
        let mine = version.allowances.filter { $0.type == type || ($0.type.isEmpty && $0.amountNanos > 0) }
        for allowance in Self.burnOrder(mine.filter { $0.amountNanos == 0 }) { allowances.append(try compile(allowance, &named)) }
        let firstMoney = allowances.count
        for allowance in Self.burnOrder(mine.filter { $0.amountNanos > 0 }) { allowances.append(try compile(allowance, &named)) }
        return (first..<firstMoney, firstMoney..<allowances.count)
    }

    /// By priority, then the smaller; all of a period's expire together. What is alike in both stays as listed.
    private static func burnOrder(_ allowances: [Allowance]) -> [Allowance] {
        func rank(_ item: EnumeratedSequence<[Allowance]>.Element) -> (Int32, Int64, Int64, Int) {
            (item.element.priority, item.element.amountMicros, item.element.amountNanos, item.offset)
        }
        return allowances.enumerated().sorted { rank($0) < rank($1) }.map(\.element)
    }

    private mutating func compile(_ source: Allowance, _ named: inout [Int32]) throws(TariffError) -> Tariff.Allowance {
        let isMoney = source.amountNanos > 0
        guard source.amountMicros >= 0, source.limit >= 0, source.rollover.cap >= 0, source.rollover.periods <= 120 else {
            throw TariffError(reason: "allowance \(source.id) has a negative amount, or rolls over for too long")
        }
        let zones = try zoneNumbers(of: source.zones)
        named += zones
        var place = -1
        if source.hasConditions {
            place = conditions.count
            conditions.append(try compile(source.conditions, of: source.id))
        }
        var rolled: [Int] = []
        if source.hasRollover { for periods in 1...max(1, source.rollover.periods) { rolled.append(meter("r\(periods):" + source.id)) } }
        return Tariff.Allowance(
            id: Array(source.id.utf8), isMoney: isMoney, amount: isMoney ? source.amountNanos : source.amountMicros, zones: zones, conditions: place,
            owner: source.owner, limit: source.limit == 0 ? Int64.max : source.limit, isProrated: source.prorated,
            rolloverCap: source.rollover.cap == 0 ? Int64.max : source.rollover.cap, noticePercents: source.noticePercents.sorted(),
            meter: meter("a:" + source.id), limitMeter: source.limit == 0 ? -1 : meter("l:" + source.id), rolledMeters: rolled)
    }

    /// The allowances of the version that was added last that roll over; one for several types comes once.
    func rollovers(from first: Int) -> [Int] {
        var seen: Set<Int> = []
        return (first..<allowances.count).filter { !allowances[$0].rolledMeters.isEmpty && seen.insert(allowances[$0].meter).inserted }
    }
}
