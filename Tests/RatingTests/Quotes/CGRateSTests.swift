import Catalogue
import Foundation
import Quantities
import Rating
import Testing

/// Calls that an independent rating engine (values of cgrates/cgrates) priced, through the importer and the quoter.
@Suite("CGRateS's costs")
struct CGRateSTests {
    static let folder = MegalineTests.root + "/../shared/data/rating/cgrates"
    static let isThere = FileManager.default.fileExists(atPath: folder + "/triples.csv")

    private static func rows() throws -> [[String: String]] {
        // No field that is read here is quoted; the last ones may be, and hold commas.
        let lines = try String(contentsOfFile: folder + "/triples.csv", encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(zip(lines[0].prefix(11), $0)) { first, _ in first } }
    }

    @Test("each call costs the same", .enabled(if: isThere, "../shared/data/rating/cgrates is absent"))
    func triples() throws {
        var quoters: [String: Quoter] = [:]
        let rows = try Self.rows()
        #expect(!rows.isEmpty)
        for row in rows {
            let tariff = try #require(row["tariff"])
            if quoters[tariff] == nil {
                let imported = try CGRateSImport(tenant: row["tenant"]).run(Self.folder + "/tariffs/" + tariff)
                quoters[tariff] = try Quoter(try CatalogueFolder.content(Dictionary(uniqueKeysWithValues: imported.files.map { ($0.path, $0.text) })))
            }
            let cost = quoters[tariff]?.cost(row["usage"] ?? "", row["tor"] ?? "", to: row["destination"] ?? "", at: row["answer_time"] ?? "") {
                $0.category = row["category"] ?? ""
                $0.subject = row["subject"] ?? ""
            }
            let expected = try #require(DecimalText.parse(row["expected_cost"] ?? "", decimals: 9))
            // Minus one: no price applies.
            if expected < 0 {
                #expect(cost == "no-price", "\(row)")
            } else {
                #expect(DecimalText.parse(cost ?? "", decimals: 9) == expected, "\(cost ?? ""): \(row)")
            }
        }
    }
}
