import Foundation
import Quantities
import Testing

private enum KillBillData {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data/rating/killbill").standardizedFileURL

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "date_arithmetic.csv").path) }
}

/// An independent billing system's tables (killbill/killbill, Apache-2.0), where they are monthly as ours.
@Suite("Kill Bill's dates", .enabled(if: KillBillData.isThere, "../shared/data/rating/killbill is not there"))
struct KillBillTests {
    private func rows(_ file: String) throws -> [[String: String]] {
        let lines = try String(contentsOf: KillBillData.folder.appending(path: file), encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    private func date(_ text: String?) -> CivilDate { ZoneRules.utc.date(at: Timestamp(rfc3339: (text ?? "") + "T00:00:00Z")!) }

    @Test("months later and earlier, and whole months between")
    func arithmetic() throws {
        var count = 0
        for row in try rows("date_arithmetic.csv") where row["period"] == "MONTHLY" {
            let from = date(row["date"])
            count += 1
            switch row["function"] {
            case "advanceByNPeriods": #expect(from.addingMonths(Int(row["n"]!)!, day: from.day) == date(row["expected"]), "\(row)")
            case "recedeByNPeriods": #expect(from.addingMonths(-Int(row["n"]!)!, day: from.day) == date(row["expected"]), "\(row)")
            default:
                let to = date(row["date2"])
                var months = 0
                while from.addingMonths(months + 1, day: from.day) <= to { months += 1 }
                #expect(months == Int(row["n"]!), "\(row)")
            }
        }
        #expect(count > 0)
    }

    @Test("the first bill-cycle date at or after a start")
    func firstCycleDate() throws {
        var count = 0
        for row in try rows("billing_interval.csv") where row["period"] == "MONTHLY" && row["property"] == "getFirstBillingCycleDate" {
            let from = ZoneRules.utc.startOfDay(date(row["from"]))
            let period = BillCycle(day: Int(row["bcd"]!)!, zone: .utc)!.period(containing: from)
            let first = period.start == from ? period.start : period.end
            #expect(ZoneRules.utc.date(at: first) == date(row["expected"]), "\(row)")
            count += 1
        }
        #expect(count > 0)
    }
}
