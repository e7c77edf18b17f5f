import Quantities

/// A tariff plan as CGRateS means it, checked and with its references followed.
struct TariffPlan {
    var zones: [PlanZone] = []
    var timings: [PlanTiming] = []
    var offerings: [PlanOffering] = []
    var profiles: [PlanProfile] = []
}

struct PlanZone {
    let id: String
    /// Without a leading "+", each once.
    var prefixes: [String] = []
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
    var rounding: (mode: Rounding, decimals: Int)?
    var maximum: ExactDecimal?
}

/// A line of RatingPlans with one line of the destination rates that it names.
struct PlanPrice {
    var id: String
    /// Nil: any destination.
    var destination: String?
    let timing: PlanTiming
    let weight: ExactDecimal
    let rate: DestinationRate
    let row: PlanRow
}

struct PlanOffering {
    let id: String
    var prices: [PlanPrice] = []
}

struct PlanProfile {
    let category: String
    let subject: String
    let validFrom: Timestamp
    let offering: String
    var fallback: [String]
    let row: PlanRow
}
