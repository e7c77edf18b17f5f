import Foundation
import Quantities
import Rating
import Testing

/// Charge models of an independent billing engine (values of getlago/lago-api), said in our catalogue's text.
@Suite("Lago's charge models")
struct LagoTests {
    struct Table: Decodable {
        var cases: [Case]
    }

    struct Case: Decodable {
        var id: String
        var model: String
        var properties: Properties
        var units: String
        var expected: String

        enum CodingKeys: String, CodingKey {
            case id, model, properties, units
            case expected = "expected_amount"
        }
    }

    struct Properties: Decodable {
        var ranges: [Range]?
        var amount: String?
        var packageSize: Int?
        var freeUnits: Int?

        enum CodingKeys: String, CodingKey {
            case ranges, amount
            case packageSize = "package_size"
            case freeUnits = "free_units"
        }
    }

    struct Range: Decodable {
        var to: String?
        var perUnit: String
        var flat: String

        enum CodingKeys: String, CodingKey {
            case to, flat
            case perUnit = "per_unit"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            perUnit = try values.decode(String.self, forKey: .perUnit)
            flat = try values.decode(String.self, forKey: .flat)
            // A number where it is whole, else a text.
            to = (try? values.decode(Int.self, forKey: .to)).map { String($0) } ?? (try? values.decode(String.self, forKey: .to))
        }
    }

    static let file = MegalineTests.root + "/../shared/data/rating/lago/charge_models.json"
    static let isThere = FileManager.default.fileExists(atPath: file)

    private static func price(_ item: Case) throws -> String {
        let properties = item.properties
        switch item.model {
        case "standard": return "{id: p, type: generic, steps: [{price: \"\(try #require(properties.amount))\"}]}"
        case "package":
            let (size, amount, free) = (try #require(properties.packageSize), try #require(properties.amount), properties.freeUnits ?? 0)
            let block = "increment: \(size) event, price: \"\(amount)\""
            let steps = free == 0 ? "{\(block)}" : "{price: \"0\", increment: \(free) event}, {from: \(free) event, \(block)}"
            return "{id: p, type: generic, steps: [\(steps)]}"
        case "graduated", "volume":
            // A range begins where the one before ended: its upper bound is included.
            var from = "0"
            var steps: [String] = []
            for range in try #require(properties.ranges) {
                steps.append("{from: \(from) event, price: \"\(range.perUnit)\", flat: \"\(range.flat)\"}")
                from = range.to ?? ""
            }
            return "{id: p, type: generic, model: \(item.model), charge_zero: true, steps: [\(steps.joined(separator: ", "))]}"
        default: throw CocoaError(.formatting)
        }
    }

    @Test("each case costs the same, at once and unit by unit", .enabled(if: isThere, "../shared/data/rating/lago is absent"))
    func table() throws {
        let cases = try JSONDecoder().decode(Table.self, from: Data(contentsOf: URL(fileURLWithPath: Self.file))).cases
        #expect(!cases.isEmpty)
        for item in cases {
            let expected = try #require(DecimalText.parse(item.expected, decimals: 9))
            let price = try Self.price(item)
            var quoter = try Quoter(try CatalogueFolder.content(prices: price))
            let cost = quoter.cost(item.units, "generic")
            #expect(DecimalText.parse(cost, decimals: 9) == expected, "\(item.id): \(cost), \(item.expected) expected")

            // The same over a period, in steps that differ: what each usage costs adds up to the same.
            let units = try #require(DecimalText.parse(item.units, decimals: 6).flatMap { Int64(exactly: $0) })
            var harness = try Harness(try CatalogueFolder.content(prices: price.replacingOccurrences(of: "{id: p,", with: "{id: p, count: period,")))
            try harness.feed(Given.account("a", currency: "EUR"))
            try harness.feed(Given.subscription("s", of: "a", "o"))
            var (left, id) = (units, Int64(0))
            repeat {
                id += 1
                let part = min(left, id * 2_700_001)
                try harness.feed(Given.usage(id, "generic", part))
                left -= part
            } while left > 0
            let total = try harness.rated().reduce(Int128(0)) { $0 + Int128($1.usage.chargeNanos) }
            #expect(total == expected, "\(item.id) in \(id) usages")
        }
    }
}
