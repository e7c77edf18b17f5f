import Events
import Quantities

extension TariffBuilder {
    /// A hundred years and more.
    private static let longestValidityMs = 36_600 * Timestamp.msPerDay

    /// Adds a version's allowances for a usage type. Their slots, in the order in which they burn.
    mutating func addAllowances(
        of version: OfferingVersion, type: String, _ named: inout [Int32]
    ) throws(TariffError) -> AllowanceSlots {
        let mine = version.allowances.filter { $0.type == type || ($0.type.isEmpty && $0.amountNanos > 0) }
        let isWhole = types.find(text: type).map { units[Int($0)] == .event } ?? false
        func add(_ kind: AllowanceKind, _ recurs: AllowanceRecurrence) throws(TariffError) -> Range<Int> {
            let ofKind = mine.filter { ($0.amountNanos > 0) == (kind == .money) && $0.recurs == recurs }
            return try addSlots(ofKind, granule: kind == .quantity && isWhole ? 1_000_000 : 1, &named)
        }
        return AllowanceSlots(
            quantities: try add(.quantity, .period), money: try add(.money, .period), buckets: try add(.quantity, .once),
            moneyBuckets: try add(.money, .once))
    }

    /// By priority, then what expires first, then the smaller, then as listed. What is rolled over expires when its periods have passed, what is fresh
    /// with the period, or when what rolls over of it does.
    private mutating func addSlots(_ sources: [Allowance], granule: Int64, _ named: inout [Int32]) throws(TariffError) -> Range<Int> {
        var ranked: [(rank: (Int32, Int, Int, Int128, Int), slot: Tariff.AllowanceSlot)] = []
        for (place, source) in sources.enumerated() {
            let allowance = allowances.count
            allowances.append(try compile(source, granule: granule, &named))
            let periods = allowances[allowance].rolledMeters.count
            for rolled in 0..<periods { ranked.append(((source.priority, rolled, 0, 0, place), .init(allowance: allowance, rolled: rolled))) }
            ranked.append(((source.priority, periods, 1, allowances[allowance].amount, place), .init(allowance: allowance, rolled: -1)))
        }
        let first = slots.count
        slots.append(contentsOf: ranked.sorted { $0.rank < $1.rank }.map(\.slot))
        return first..<slots.count
    }

    private mutating func compile(_ source: Allowance, granule: Int64, _ named: inout [Int32]) throws(TariffError) -> Tariff.Allowance {
        let isMoney = source.amountNanos > 0
        // Below 2^100, so that no product or sum of it needs more than 128 bits.
        guard let quantity = source.quantity, let limit = source.wholeLimit, let cap = source.rollover.wholeCap,
            [quantity, limit, cap].allSatisfy({ $0 >= 0 && $0 < MeterPool.end }), source.rollover.periods <= 120
        else {
            throw TariffError(reason: "allowance \(source.id) has a negative amount or one beyond 100 bits, or rolls over for too long")
        }
        let isOnce = source.recurs == .once
        guard source.validityMs >= 0, source.validityMs <= Self.longestValidityMs, source.validityPeriods <= 1200,
            isOnce == (source.validityMs > 0 || source.validityPeriods > 0)
        else { throw TariffError(reason: "allowance \(source.id) is given once and has no validity, or the other way round, or for too long") }
        if isOnce, source.hasRollover || source.prorated || source.owner == .account || limit > 0 {
            throw TariffError(reason: "allowance \(source.id) is given once: it does not roll over, is not prorated, and has no owner or limit of its own")
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
            id: Array(source.id.utf8), isMoney: isMoney, amount: isMoney ? Int128(source.amountNanos) : quantity,
            priority: source.priority, validityMs: source.validityMs, validityPeriods: Int(source.validityPeriods), zones: zones, conditions: place,
            owner: source.owner, limit: limit == 0 ? Int128.max : limit, isProrated: source.prorated, granule: granule,
            rolloverCap: cap == 0 ? Int128.max : cap, noticePercents: source.noticePercents.sorted(),
            meter: meter("a:" + source.id), rolledOutMeter: rolled.isEmpty ? -1 : meter("o:" + source.id),
            limitMeter: limit == 0 ? -1 : meter("l:" + source.id), noticeMeter: source.noticePercents.isEmpty ? -1 : meter("n:" + source.id),
            rolledMeters: rolled, takesFree: rulesVersion == .first || source.includesFree || isMoney)
    }

    /// The allowances from `first` on that roll over; one for several types comes once.
    func rollovers(from first: Int) -> [Int] {
        var seen: Set<Int> = []
        return (first..<allowances.count).filter { !allowances[$0].rolledMeters.isEmpty && seen.insert(allowances[$0].meter).inserted }
    }

    /// Those from `first` on that are given once; one for several types comes once.
    func buckets(from first: Int) -> [Int] {
        var seen: Set<Int> = []
        return (first..<allowances.count).filter {
            (allowances[$0].validityMs > 0 || allowances[$0].validityPeriods > 0) && seen.insert(allowances[$0].meter).inserted
        }
    }
}

/// What an allowance pays: the usage itself, or its charge.
enum AllowanceKind {
    case quantity
    case money
}

/// The slots of one usage type's allowances, each range in the order in which it burns.
struct AllowanceSlots {
    var quantities: Range<Int>
    var money: Range<Int>
    /// What is given once.
    var buckets: Range<Int>
    var moneyBuckets: Range<Int>
}

extension IdentifierTable {
    func find(text: String) -> UInt32? {
        var text = text
        return text.withUTF8 { find(UnsafeRawBufferPointer($0)) }
    }
}
