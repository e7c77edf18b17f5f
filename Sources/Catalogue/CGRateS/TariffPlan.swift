import Quantities

/// A tariff plan as CGRateS means it, checked and with its references followed.
struct TariffPlan {
    /// Destinations.
    var zones: [PlanZone] = []
    /// What they are in the catalogue.
    var entries: [PlanZones.Entry] = []
    /// Whether any destination is without a rate at some times.
    var isPartial = false
    var timings: [PlanTiming] = []
    var offerings: [PlanOffering] = []
    var profiles: [PlanProfile] = []
}

struct PlanZone {
    let id: String
    /// Each once as it is written.
    var prefixes: [PlanPrefix] = []
    /// Each once, without a leading "+".
    private(set) var texts: [String] = []
    private var known: Set<String> = []
    let row: PlanRow

    init(id: String, row: PlanRow) { (self.id, self.row) = (id, row) }

    mutating func add(_ prefix: PlanPrefix) {
        guard known.insert(prefix.written).inserted else { return }
        prefixes.append(prefix)
        if prefix.hasPlus || !known.contains("+" + prefix.text), !prefix.hasPlus || !known.contains(prefix.text) { texts.append(prefix.text) }
    }
}

/// How the numbers of a destination begin.
struct PlanPrefix {
    /// Without a leading "+".
    let text: String
    let hasPlus: Bool
    let row: PlanRow

    var written: String { (hasPlus ? "+" : "") + text }

    /// Whether a catalogue's zone can have it.
    var isSayable: Bool {
        let isDigit = { (byte: UInt8) in byte >= 48 && byte <= 57 }
        return !text.isEmpty && text.utf8.count <= 32 && text.utf8.allSatisfy { $0 > 32 && $0 <= 126 }
            && (text.utf8.allSatisfy(isDigit) || !text.utf8.prefix(1).allSatisfy(isDigit))
    }
}

/// What a Rates tag says.
struct PlanRates {
    struct Step {
        /// Millionths of a unit.
        var from: Int64
        let increment: Int64
        let per: Int64
        let price: ExactDecimal
    }

    var connectionFee = ExactDecimal.zero
    /// The first is from zero, and each begins a whole number of increments after the one before.
    var steps: [Step] = []
    /// A line whose step begins within an increment of the one before.
    var moved: PlanRow?
}

/// A line of DestinationRates.
struct DestinationRate {
    enum Rounding: String {
        case up, down
        case halfUp = "half-up"
    }

    let tag: String
    /// Nil: *any.
    let destination: String?
    let rates: PlanRates
    let row: PlanRow
    var rounding: (mode: Rounding, decimals: Int)?
    /// Decimals with a method that is none: nothing is rounded.
    var isUnrounded = false
    var maximum: ExactDecimal?
}

/// A line of RatingPlans with one line of the destination rates that it names.
struct PlanPrice {
    var id = ""
    /// Of the catalogue; empty: any destination.
    var zones: [String] = []
    /// 0: it is that of the numbers' own destination; else of one that takes its place at times.
    var depth = 0
    let timing: PlanTiming
    let weight: ExactDecimal
    let rate: DestinationRate
    let row: PlanRow
}

struct PlanOffering {
    let id: String
    let row: PlanRow
    var prices: [PlanPrice] = []
    /// Zones among which its numbers are looked up.
    var deck: [String] = []
}

struct PlanProfile {
    let category: String
    let subject: String
    let validFrom: Timestamp
    let offering: String
    var fallback: [String]
    let row: PlanRow
}
