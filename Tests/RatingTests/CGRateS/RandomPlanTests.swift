import Catalogue
import Foundation
import Quantities
import Testing

@Suite("Random tariff plans of CGRateS")
struct RandomPlanTests {
    static let seeds: Range<UInt64> = 0..<(ProcessInfo.processInfo.environment["TOLLSTREAM_RANDOM_PLANS"].flatMap { UInt64($0) } ?? 200)
    private static let calls = 40

    @Test("cost what an exact rater says, or the import says why not")
    func property() throws {
        var (imported, priced, told) = (0, 0, 0)
        for seed in Self.seeds {
            var plan = RandomPlan(seed: seed)
            var comparison: PlanComparison
            do {
                comparison = try PlanComparison(plan.text)
            } catch let errors as CatalogueErrors {
                // A fault is of the plan, and says where in it; never of the catalogue that came of it.
                for fault in errors.errors where !fault.file.hasSuffix(".csv") || fault.line == 0 || fault.message.contains("would be refused") {
                    Issue.record("seed \(seed): \(fault)\n\(plan.text)")
                }
                continue
            }
            imported += 1
            for _ in 0..<Self.calls {
                let call = plan.call()
                switch comparison.rater.price(call) {
                case .cost: priced += 1
                case .told: told += 1
                case .noPrice: break
                }
                guard comparison.difference(call) != nil else { continue }
                let (small, difference) = PlanComparison.shrunk(plan.text, call)
                Issue.record("seed \(seed): \(difference)\n\(small)")
                break
            }
        }
        // Neither is a test that compares nothing.
        #expect(imported * 2 > Self.seeds.count, "\(imported) of \(Self.seeds.count) plans were imported")
        #expect(priced > imported * Self.calls / 4, "\(priced) calls had a price")
        #expect(told * 2 < priced, "\(told) calls differ as notes tell")
    }

    private static let triples = "../shared/data/rating/cgrates"

    /// The rater itself, by values that are neither its nor ours.
    @Test("the exact rater says what CGRateS says", .enabled(if: FileManager.default.fileExists(atPath: triples + "/triples.csv"), "absent: ../shared/data"))
    func oracle() throws {
        let text = String(decoding: FileManager.default.contents(atPath: Self.triples + "/triples.csv") ?? Data(), as: UTF8.self)
        let rows = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        for row in rows.dropFirst() {
            let rater = ExactRater(PlanText(folder: Self.triples + "/tariffs/" + row[1]))
            let call = ExactRater.Call(
                type: row[2], category: row[4], subject: row[5], destination: row[6], startMs: try #require(Timestamp(rfc3339: row[7])).ms,
                micros: Int64(try #require(DecimalText.parse(row[8], decimals: 6))))
            switch rater.price(call) {
            case .cost(let cost): #expect(cost == Fraction(row[9]), "\(row)")
            case .noPrice: #expect(row[9] == "-1", "\(row)")
            case .told: Issue.record("\(row)")
            }
        }
    }
}
