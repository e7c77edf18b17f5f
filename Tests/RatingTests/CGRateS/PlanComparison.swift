import Catalogue
import Foundation
import Quantities
import Rating

/// A tariff plan that was imported, loaded and compiled, beside the exact rater of the same plan.
struct PlanComparison {
    private let notes: [ImportNote]
    private var quoter: Quoter
    let rater: ExactRater

    /// - Throws: `CatalogueErrors` where the import refuses the plan, or the loader what it wrote.
    init(_ text: PlanText) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/plan-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try text.write(to: folder)
        let imported = try CGRateSImport(tenant: RandomPlan.tenant).run(folder)
        notes = imported.notes
        quoter = try Quoter(try CatalogueFolder.content(Dictionary(uniqueKeysWithValues: imported.files.map { ($0.path, $0.text) })))
        rater = ExactRater(text)
    }

    /// What is wrong with the quote of a call; nil where nothing is.
    mutating func difference(_ call: ExactRater.Call) -> String? {
        let seconds = DecimalText.format(Int128(call.micros), decimals: 6)
        let quoted = quoter.cost(seconds, call.type, to: call.destination, at: "\(Timestamp(ms: call.startMs))") {
            ($0.category, $0.subject) = (call.category, call.subject)
        }
        let said = "\(call.type) of \(call.subject) to \"\(call.destination)\" at \(Timestamp(ms: call.startMs)), \(seconds) units: quoted \(quoted)"
        let hasNoPrice = quoted == "no-price" || quoted == "unknown-offering"
        switch rater.price(call) {
        // What lasted no time costs nothing in CGRateS, be it priced or not.
        case .noPrice: return hasNoPrice || call.micros == 0 ? nil : "\(said), expected no price"
        case .cost(let cost):
            let expected = DecimalText.format(cost.nanos, decimals: 9)
            return quoted == expected || (call.micros == 0 && hasNoPrice) ? nil : "\(said), expected \(expected) (\(cost))"
        case .told(let file, let line):
            return hasNoPrice || notes.contains { $0.file == file && $0.line == line } ? nil : "\(said), and no note on \(file):\(line) tells what differs"
        }
    }

    /// The plan with as few lines as still show a difference, and what it is.
    static func shrunk(_ text: PlanText, _ call: ExactRater.Call) -> (plan: PlanText, difference: String) {
        func difference(_ text: PlanText) -> String? {
            guard var comparison = try? PlanComparison(text) else { return nil }
            return comparison.difference(call)
        }
        var (text, found) = (text, difference(text) ?? "no difference when it is rated alone")
        for (file, _) in PlanText.headers {
            var place = 0
            while place < text.lines[file]?.count ?? 0 {
                var fewer = text
                fewer.lines[file]?.remove(at: place)
                if let still = difference(fewer) { (text, found) = (fewer, still) } else { place += 1 }
            }
        }
        return (text, found)
    }
}
