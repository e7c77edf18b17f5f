import Foundation
import Quantities
import Testing

/// All rows of another billing system's tables (values of killbill/killbill, Apache-2.0), whatever their period and mode.
@Suite("Kill Bill's periods", .enabled(if: KillBillRow.areThere, "../shared/data/rating/killbill is not there"))
struct KillBillPeriodTests {
    @Test("dates that are periods later or earlier, and whole periods between")
    func arithmetic() throws {
        let rows = try KillBillRow.all("date_arithmetic.csv")
        #expect(!rows.isEmpty)
        for row in rows {
            let from = try row.date("date")
            let period = try row.period("period")
            let actual: String? =
                switch try row.text("function") {
                case "advanceByNPeriods": from.advanced(by: try row.number("n"), period).description
                case "recedeByNPeriods": from.advanced(by: -(try row.number("n")), period).description
                case "wholePeriods": String(from.wholePeriods(to: try row.date("date2"), period))
                default: nil
                }
            // The table states a count of whole periods in the column of n.
            #expect(actual == (row["expected"] ?? row["n"]), "\(row)")
        }
    }

    @Test("the dates of a billing interval")
    func intervals() throws {
        let rows = try KillBillRow.all("billing_interval.csv")
        #expect(!rows.isEmpty)
        for row in rows {
            let interval = try row.interval(start: "from", end: "to", target: "target", period: "period", day: "bcd")
            let actual: String? =
                switch try row.text("property") {
                case "getFirstBillingCycleDate": interval.firstCycleDate.description
                case "getEffectiveEndDate": interval.effectiveEnd?.description
                case "getLastBillingCycleDate": interval.lastCycleDate?.description
                case "getNextBillingCycleDate": interval.nextCycleDate.description
                case "hasSomethingToBill": String(interval.hasSomethingToBill)
                case let other: "no such property: " + other
                }
            #expect(actual == row["expected"], "\(row)")
        }
    }

    @Test("billing cycles, each part rounded half up to nine decimals")
    func proration() throws {
        let rows = try KillBillRow.all("proration_in_advance.csv")
        #expect(!rows.isEmpty)
        for row in rows {
            let interval = try row.interval(
                start: "start", end: "end", target: "target_date", period: "billing_period", day: "billing_cycle_day")
            let expected = DecimalText.parse(try row.text("expected_billing_cycles"), decimals: 9)
            let parts = interval.parts(.plainStep)
            #expect(parts.reduce(0) { $0 + $1.fraction.nanos() } == expected, "\(row): \(parts.map(\.fraction))")
        }
    }
}

/// A row by its column names; an empty field is absent.
private struct KillBillRow: CustomStringConvertible {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data/rating/killbill").standardizedFileURL
    static var areThere: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "date_arithmetic.csv").path) }

    private let fields: [String: String]
    let description: String

    /// No field of these files is quoted.
    static func all(_ file: String) throws -> [KillBillRow] {
        let lines = try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(whereSeparator: \.isNewline)
        let names = lines[0].split(separator: ",").map(String.init)
        return lines.dropFirst().map { line in
            let values = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let fields = Dictionary(uniqueKeysWithValues: zip(names, values)).filter { !$0.value.isEmpty }
            return KillBillRow(fields: fields, description: "\(file): \(line)")
        }
    }

    subscript(_ name: String) -> String? { fields[name] }

    func text(_ name: String) throws -> String { try #require(fields[name], "\(name) of \(self)") }
    func number(_ name: String) throws -> Int { try #require(Int(try text(name)), "\(name) of \(self)") }
    func date(_ name: String) throws -> CivilDate { try #require(CivilDate(iso: try text(name)), "\(name) of \(self)") }
    func period(_ name: String) throws -> RecurrencePeriod {
        try #require(RecurrencePeriod(rawValue: try text(name)), "\(name) of \(self)")
    }

    func interval(start: String, end: String, target: String, period: String, day: String) throws -> BillingInterval {
        let modes: [String: BillingMode] = ["IN_ADVANCE": .inAdvance, "IN_ARREAR": .inArrears]
        let mode = try #require(modes[try text("mode")], "mode of \(self)")
        let (from, to) = (try date(start), self[end] == nil ? nil : try date(end))
        let interval = BillingInterval(
            start: from, end: to, target: self[target] == nil ? from : try date(target), period: try self.period(period),
            billCycleDay: try number(day), mode: mode)
        return try #require(interval, "\(self)")
    }
}
