import Events
import Foundation
import Quantities
import Rating

/// A rated usage, or a part of one, for a person or a program to read.
struct ExplainedUsage: Encodable {
    var ratedRecord: String
    var normalizedRecord: String?
    var rawRecord: String
    var account: String
    var subscription: String
    var type: String
    var start: String
    var quantity: String
    var counted: String
    var catalogue: String
    var offering: String
    var versionFrom: String?
    var price: String
    var zone: String
    /// The zone that the number itself is in, where that was asked and is another.
    var ownZone: String
    var allowances: [String]
    var steps: [String]
    var rounding: String?
    var discounts: [String]
    var connectionFee: String
    var charge: String
    /// Whether the charge computed anew is the one that was recorded; nil where it can't be told from the record alone.
    var isRecomputed: Bool?
    /// The rerate that put this charge in the place of the one before.
    var correctedBy: String?
    /// Whether this is what the usage costs now; nil where rating anew never changed it.
    var isInForce: Bool?
    /// Why rating anew refuses it since, for a fact that came late.
    var refusedAs: String?
    /// What it went through before its raw record: the one that is named is a copy then.
    var suspensions: [Suspension] = []
    /// How it came to this account from others, where it did.
    var moves: [Move] = []
    /// Where it went on to, where this charge was taken back because the usage is another account's.
    var movedOn: MovedOn?

    struct Move: Encodable {
        var fromAccount: String
        var moveRecord: String
        /// What let it go: a record of usage.rated, or of usage.suspended where it was sent again.
        var origin: String?

        init(_ move: UsageTrace.Move, origin: String?) {
            (fromAccount, moveRecord, self.origin) = (move.message.usage.account, move.place, origin)
        }

        fileprivate var row: (String, String) { ("moved", "from account \(fromAccount) by \(moveRecord)" + (origin.map { " (\($0))" } ?? "")) }
    }

    struct MovedOn: Encodable {
        var rerate: String
        /// Nil where the log holds it no more.
        var moveRecord: String?
        var destination: String?

        fileprivate var row: (String, String) {
            let way = moveRecord.map { ", by \($0)" + (destination.map { " \($0)" } ?? "") } ?? ""
            return ("moved on", "taken back by rerate \(rerate), for its number is another holder's\(way)")
        }
    }

    struct Suspension: Encodable {
        var rawRecord: String
        var suspendedRecord: String
        var reason: String
        var detail: String
        var recycledAs: String?

        init(_ suspension: UsageTrace.Suspension) {
            let entry = suspension.entry.message
            rawRecord = "\(entry.rawPlace)"
            suspendedRecord = suspension.entry.place
            (reason, detail) = (entry.reason, entry.detail)
            recycledAs = suspension.copy.map { "\($0)" }
        }

        /// Two lines.
        fileprivate var rows: [(String, String)] {
            [("suspended", "\(rawRecord): \(reason): \(detail) (\(suspendedRecord))")] + (recycledAs.map { [("recycled", "as \($0)")] } ?? [])
        }
    }

    /// - Parameter from: where in its session the part begins, counted.
    init(_ usage: RatedUsage, at place: String, normalized: String?, from: Int64, _ content: CatalogueContent?, correction: String? = nil) {
        correctedBy = correction
        ratedRecord = place
        normalizedRecord = normalized
        rawRecord = "\(usage.rawPlace)"
        account = usage.account
        subscription = usage.subscription
        type = usage.type
        start = Timestamp(ms: usage.startMs).description
        let unit = usage.unit.symbol
        func quantity(_ micros: Int128) -> String { "\(QuoteText.quantity(micros)) \(unit)" }
        self.quantity = quantity(Int128(usage.quantityMicros))
        counted = quantity(Int128(usage.countedMicros))
        catalogue = content.map(\.name) ?? "\(Hex.string(withUnsafeBytes(of: usage.catalogue.bigEndian, Array.init))), which is not in the log any more"
        offering = usage.offering
        price = usage.price
        zone = usage.zone
        ownZone = usage.ownZone
        allowances = usage.draws.map { draw in
            let isMoney = content?.isMoney(draw.allowance) ?? false
            func text(_ amount: Int128) -> String { isMoney ? DecimalText.format(amount, decimals: 9) : quantity(amount) }
            return "\(draw.allowance) paid \(text(Int128(draw.drawn))), \(draw.allLeft.map { text($0) } ?? "an unreadable amount") left"
        }
        connectionFee = QuoteText.decimal(usage.connectionFeeNanos)
        charge = QuoteText.decimal(usage.chargeNanos)
        let explanation = content.flatMap { ChargeExplanation(usage, from: from, $0) }
        versionFrom = explanation.map { Timestamp(ms: $0.versionFromMs).description }
        steps = explanation.map { Self.steps($0, unit) } ?? []
        rounding = explanation?.rounding.map { "\($0.mode.text) at \($0.decimals) decimals" }
        discounts = usage.discounts.map { applied in
            let known = explanation?.discounts.first { $0.id == applied.discount }
            let taken = Quote.Discount(
                id: applied.discount, nanos: applied.amountNanos, signal: applied.signal, multiplierMicros: applied.multiplierMicros,
                percentMicros: known?.percentMicros)
            let spent = applied.spentBeforeNanos == 0 ? "" : ", after \(QuoteText.decimal(applied.spentBeforeNanos)) spent"
            return QuoteText.discount(taken) + spent
        }
        isRecomputed = explanation.flatMap { $0.isSame(as: usage) }
    }

    private static func steps(_ explanation: ChargeExplanation, _ unit: String) -> [String] {
        var lines: [String] = []
        if explanation.scope != .event {
            let before = explanation.sumBeforeMicros.map { "\(QuoteText.quantity($0)) \(unit) before" } ?? "nothing before"
            lines.append("counts over the \(explanation.scope.text): \(before)")
        }
        for step in explanation.steps {
            let flat = step.flatNanos == 0 ? "" : " and \(QuoteText.decimal(step.flatNanos)) flat"
            let per = "\(QuoteText.quantity(step.perMicros)) \(unit)"
            lines.append("\(QuoteText.quantity(step.quantityMicros)) \(unit) at \(QuoteText.decimal(step.priceNanos)) per \(per)\(flat)")
        }
        if let minimum = explanation.minimumNanos { lines.append("at least \(QuoteText.decimal(minimum))") }
        if let maximum = explanation.maximumNanos { lines.append("at most \(QuoteText.decimal(maximum))") }
        return lines
    }

    /// A line for each thing.
    var text: String {
        var rows = suspensions.flatMap(\.rows) + [("rated", ratedRecord), ("normalized", normalizedRecord ?? ""), ("raw record", rawRecord)]
        rows += moves.map(\.row)
        if let correctedBy { rows.append(("correction", "takes the place of the charge before, by rerate \(correctedBy)")) }
        rows += [("account", account), ("subscription", subscription), ("usage", "\(type), \(quantity) from \(start)")]
        rows.append(("counted", counted))
        rows.append(("price", "\(price) of \(offering)" + QuoteText.zone(zone, own: ownZone)))
        rows.append(("catalogue", catalogue + (versionFrom.map { ", version valid from \($0)" } ?? "")))
        rows += allowances.map { ("allowance", $0) } + steps.map { ("step", $0) }
        if let rounding { rows.append(("rounding", rounding)) }
        rows += discounts.map { ("discount", $0) }
        if connectionFee != "0" { rows.append(("connection fee", connectionFee)) }
        let check = isRecomputed.map { $0 ? " (computed anew: the same)" : " (computed anew: NOT the same)" } ?? ""
        rows.append(("charge", charge + check))
        if let isInForce { rows.append(("in force", isInForce ? "yes" : "no, it was taken back" + (refusedAs.map { ", and is refused: \($0)" } ?? ""))) }
        if let movedOn { rows.append(movedOn.row) }
        return rows.map { name, value in name + String(repeating: " ", count: max(1, 16 - name.count)) + value }.joined(separator: "\n")
    }
}

extension CatalogueContent {
    fileprivate func isMoney(_ allowance: String) -> Bool {
        offerings.contains { $0.versions.contains { $0.allowances.contains { $0.id == allowance && $0.amountNanos > 0 } } }
    }
}

extension CountScope {
    fileprivate var text: String {
        switch self {
        case .period: "billing period"
        case .day: "day"
        case .week: "week"
        case .event, .UNRECOGNIZED: "usage"
        }
    }
}

extension RoundingMode {
    fileprivate var text: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .halfEven: "half to even"
        case .halfUp, .UNRECOGNIZED: "half up"
        }
    }
}
