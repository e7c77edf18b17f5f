import Catalogue
import Events
import Foundation
import Quantities
import Testing

@Suite("Megaline's bills")
struct MegalineTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let data = root + "/../shared/data/megaline"
    static let isThere = FileManager.default.fileExists(atPath: data + "/calls.csv")

    /// The rows after the header; no field of these files that is read here is quoted.
    static func rows(_ file: String) throws -> [[Substring]] {
        try String(contentsOfFile: data + "/" + file, encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    @Test("all user-months equal what was computed independently", .enabled(if: isThere, "../shared/data/megaline is absent"))
    func bills() throws {
        let loader = CatalogueLoader(tables: ["plans": Self.data + "/plans.csv"])
        let content = try loader.load(Self.root + "/Deploy/examples/megaline/catalogue")
        let table = try #require(content.timeZones.first)
        let zone = try #require(ZoneRules(id: table.id, transitions: table.transitionMs, offsets: table.offsetSeconds))
        var harness = try Harness(content)
        let opened = "2017-12-31T17:00:00Z"
        for row in try Self.rows("users.csv") {
            // The city is quoted and holds a comma: fields are counted from the end.
            let (user, plan) = (String(row[0]), String(row[row.count - 2]))
            try harness.feed(Given.account(user, from: opened, currency: "USD", zone: "America/New_York"))
            try harness.feed(Given.subscription(user, of: user, plan, from: opened))
        }
        var id: Int64 = 0
        for (file, type, column) in [("calls.csv", "voice", 2), ("messages.csv", "sms", 2), ("internet.csv", "data", 2)] {
            for row in try Self.rows(file) {
                id += 1
                let quantity: Int64 = switch type {
                case "voice": Int64(try #require(DecimalText.parse(String(row[3]), decimals: 6))) * 60
                case "data": Int64(try #require(DecimalText.parse(String(row[3]), decimals: 6))) << 20
                default: event
                }
                let parts = row[column].split(separator: "-").compactMap { Int($0) }
                let date = try #require(CivilDate(year: parts[0], month: parts[1], day: parts[2]))
                var record = Given.usage(id, type, quantity, account: String(row[1]), subscription: String(row[1]))
                record.usage.startMs = zone.startOfDay(date).ms
                try harness.feed(record)
            }
        }
        try harness.feed(Given.barrier(1, "2019-02-10T00:00:00Z"))

        var totals: [String: Amount] = [:]
        for record in try harness.rated() {
            let (account, start, nanos): (String, Int64, Int64)
            switch record.body {
            case .usage(let usage): (account, start, nanos) = (usage.account, usage.periodStartMs, usage.chargeNanos)
            case .recurring(let fee): (account, start, nanos) = (fee.account, fee.periodStartMs, fee.chargeNanos)
            case .unrated(let unrated):
                Issue.record("unrated: \(unrated.reason)")
                continue
            default: continue
            }
            totals["\(account),\(zone.date(at: Timestamp(ms: start)).description.prefix(7))", default: .zero] += Amount(nanos: nanos)
        }
        let dollars = try #require(Currency("USD"))
        let expected = try Self.rows("expected_user_month.csv").map { "\($0[0]),\($0[1]),\($0[11])" }.sorted()
        let actual = totals.map { "\($0),\($1.text(dollars))" }.sorted()
        #expect(expected.count == 378)
        #expect(actual.count == expected.count)
        for (left, right) in zip(actual, expected) where left != right { Issue.record("\(left) is not \(right)") }
    }
}
