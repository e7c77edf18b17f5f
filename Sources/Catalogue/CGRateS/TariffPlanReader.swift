import Foundation
import Quantities

/// Reads the files of a tariff plan, one after the other: what later ones name, earlier ones must have defined, or CGRateS loads none of it.
struct TariffPlanReader {
    let directory: String
    let findings: ImportFindings
    /// Where activation times without an offset are from.
    let clock: ZoneRules

    private var plan = TariffPlan()
    private var timings: [String: PlanTiming] = [:]
    private var zones: [String: Int] = [:]
    private var rates: [String: PlanRates] = [:]
    private var destinationRates: [String: [DestinationRate]] = [:]
    private var offerings: [String: Int] = [:]
    /// Lines of rates and of destination rates of which it was told what differs once a call is cut.
    private var told: Set<Int> = []
    private var toldMaxima: Set<Int> = []

    init(directory: String, findings: ImportFindings, clock: ZoneRules) {
        self.directory = directory
        self.findings = findings
        self.clock = clock
    }

    mutating func read(tenant: String?) -> TariffPlan {
        let rows = Dictionary(uniqueKeysWithValues: PlanFile.allCases.map { ($0, $0.rows(in: directory, findings)) })
        for row in rows[.destinations] ?? [] { readDestination(row) }
        readRates(rows[.rates] ?? [])
        for row in rows[.destinationRates] ?? [] { readDestinationRate(row) }
        readTimings(rows[.timings] ?? [], used: Set((rows[.ratingPlans] ?? []).map { $0["TimingTag"] }))
        for row in rows[.ratingPlans] ?? [] { readRatingPlan(row) }
        if plan.offerings.isEmpty, findings.errors.errors.isEmpty {
            findings.errors.add(PlanFile.ratingPlans.rawValue, 0, "", "expected at least one rating plan in \(directory)")
        }
        orderPrices()
        let known = Set(offerings.keys)
        plan.profiles = ProfileReader(tenant: tenant, clock: clock, findings: findings).profiles(rows[.ratingProfiles] ?? [], offerings: known)
        return plan
    }

    /// Gives each offering its zones, and its prices their order.
    private mutating func orderPrices() {
        var zones = PlanZones(plan.zones)
        let prefixes = Dictionary(plan.zones.map { ($0.id, $0.texts.count) }, uniquingKeysWith: { first, _ in first })
        for index in plan.offerings.indices {
            let order = PriceOrder(plan.offerings[index].prices, zones: plan.zones, findings: findings)
            let deck = order.cells.map { cell in
                let destination = cell.chain.first ?? ""
                return zones.id(of: destination, prefixes: cell.prefixes, among: prefixes[destination] ?? 0)
            }
            plan.offerings[index].deck = deck
            plan.offerings[index].prices = order.prices(zoneIDs: deck)
            plan.isPartial = plan.isPartial || order.isPartial
            checkRounding(plan.offerings[index])
        }
        plan.entries = zones.entries
    }

    /// CGRateS rounds a call as the part of it with the most decimals says, and where that names no method, not at all.
    private func checkRounding(_ offering: PlanOffering) {
        guard let one = offering.prices.first(where: \.rate.isUnrounded), offering.prices.contains(where: { $0.rate.rounding != nil }) else { return }
        let found = "found \"\(one.rate.row["RoundingMethod"])\" beside others in \(offering.id)"
        findings.fail(one.rate.row, "RoundingMethod", "expected *up, *down or *middle, \(found)")
    }

    private mutating func readDestination(_ row: PlanRow) {
        let id = row["Id"]
        if id == "*any" { return findings.note(row, "the prefix of *any", "*any is every destination that no other one takes") }
        let index = zones[id] ?? plan.zones.count
        if index == plan.zones.count {
            zones[id] = index
            plan.zones.append(PlanZone(id: id, row: row))
        }
        let text = row["Prefix"]
        let prefix = PlanPrefix(text: text.hasPrefix("+") ? String(text.dropFirst()) : text, hasPlus: text.hasPrefix("+"), row: row)
        if text.hasPrefix("!") {
            findings.note(row, "the negated prefix \(text) of \(id)", "a zone has no exceptions")
        } else if text.isEmpty || text == "*any" {
            findings.note(row, "the prefix \"\(text)\" of \(id)", "no number has it in CGRateS")
        } else if prefix.hasPlus, !prefix.text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            findings.fail(row, "Prefix", "expected digits behind the plus sign, found \"\(text)\": a number's name has none")
        } else if !prefix.isSayable {
            findings.fail(row, "Prefix", "expected digits, or a word of at most 32 bytes that begins with a letter, without spaces, found \"\(text)\"")
        } else {
            plan.zones[index].add(prefix)
        }
    }

    private mutating func readRates(_ rows: [PlanRow]) {
        var tags: [String] = []
        var lines: [String: [PlanRow]] = [:]
        for row in rows {
            if lines[row["Id"]] == nil { tags.append(row["Id"]) }
            lines[row["Id"], default: []].append(row)
        }
        for tag in tags { rates[tag] = PlanRates(lines[tag] ?? [], findings) }
    }

    private mutating func readDestinationRate(_ row: PlanRow) {
        let destination = row["DestinationId"]
        if destination != "*any", zones[destination] == nil {
            findings.fail(row, "DestinationId", "no destination \"\(destination)\" in \(PlanFile.destinations.rawValue)")
        }
        if rates[row["RatesTag"]] == nil { findings.fail(row, "RatesTag", "no rate \"\(row["RatesTag"])\" in \(PlanFile.rates.rawValue)") }
        let rate = DestinationRate(row, rates: rates[row["RatesTag"]] ?? PlanRates(), findings)
        if rate.rates.steps.count > 1 { noteMaximum(of: rate) }
        destinationRates[rate.tag, default: []].append(rate)
    }

    private mutating func readTimings(_ rows: [PlanRow], used: Set<String>) {
        var places: [String: Int] = [:]
        for row in rows {
            let timing = PlanTiming(row, findings)
            for fault in timing.faults {
                if used.contains(timing.id) {
                    findings.fail(row, fault.column, fault.message)
                } else {
                    findings.note(row, "timing \(timing.id)", "no rating plan uses it, and \(fault.column) is no time of a rate: \(fault.message)")
                }
            }
            if let place = places[timing.id] {
                findings.note(row, "the timing \(timing.id) before this one", "the last line of an id holds")
                plan.timings[place] = timing
            } else {
                places[timing.id] = plan.timings.count
                plan.timings.append(timing)
            }
        }
        timings = Dictionary(plan.timings.map { ($0.id, $0) }) { _, last in last }
    }

    private mutating func readRatingPlan(_ row: PlanRow) {
        let id = row["Id"]
        let weight = row.decimal("Weight", findings)
        let timing = timing(row)
        let index = offerings[id] ?? plan.offerings.count
        if index == plan.offerings.count {
            offerings[id] = index
            plan.offerings.append(PlanOffering(id: id, row: row))
        }
        if weight < .zero { findings.fail(row, "Weight", "expected a weight that is not below zero, found \"\(row["Weight"])\": CGRateS passes over it") }
        guard let rates = destinationRates[row["DestinationRatesId"]] else {
            let expected = "no destination rate \"\(row["DestinationRatesId"])\" in \(PlanFile.destinationRates.rawValue)"
            return findings.fail(row, "DestinationRatesId", expected)
        }
        for rate in rates {
            plan.offerings[index].prices.append(PlanPrice(timing: timing, weight: weight, rate: rate, row: row))
            if !timing.isAlways { checkParts(of: rate) }
        }
    }

    /// What is not the same once a call is cut by a timing.
    private mutating func checkParts(of rate: DestinationRate) {
        noteMaximum(of: rate)
        if let moved = rate.rates.moved, told.insert(moved.line).inserted {
            let why = "increments begin anew there, so that the step may begin earlier in CGRateS; expected a whole number of the increments before it"
            findings.note(moved, "the step from \(moved["GroupIntervalStart"]) where a timing cuts a call", why)
        }
    }

    private mutating func noteMaximum(of rate: DestinationRate) {
        guard let maximum = rate.maximum, toldMaxima.insert(rate.row.line).inserted else { return }
        let why = "CGRateS counts what earlier parts of a call cost once more with each part, and may charge the maximum too early; "
            + "here it is the most that the call costs"
        findings.note(rate.row, "the maximum cost \(maximum.text) over several parts", why)
    }

    /// The timing that the line names; one that always holds where there is none, which is noted.
    private func timing(_ row: PlanRow) -> PlanTiming {
        let id = row["TimingTag"]
        if let timing = timings[id] { return timing }
        switch id {
        case "*any": break
        case "*asap": findings.note(row, "the timing *asap", "it is the moment of an action; as the time of a rate it is taken as any")
        case "*every_minute", "*hourly", "*daily", "*weekly", "*monthly", "*monthly_estimated", "*month_end", "*yearly":
            findings.fail(row, "TimingTag", "\(id) begins at the time of day at which CGRateS loads the plan: expected a fixed timing")
        default: findings.fail(row, "TimingTag", "no timing \"\(id)\" in \(PlanFile.timings.rawValue)")
        }
        return PlanTiming(id: id)
    }
}
