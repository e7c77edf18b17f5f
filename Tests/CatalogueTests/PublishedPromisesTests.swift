import Catalogue
import Events
import Quantities
import Testing

@Suite("What was published is a promise")
struct PublishedPromisesTests {
    private static let now = Timestamp(rfc3339: "2026-06-15T12:00:00Z")!

    private static func version(_ from: String, fee: Int64, notice days: Int64 = 0, reach: VersionReach = .everyone) -> OfferingVersion {
        .with {
            $0.validFromMs = Timestamp(rfc3339: from + "T00:00:00Z")!.ms
            $0.recurring = [.with { $0.id = "monthly"; $0.amountNanos = fee }]
            $0.noticeMs = days * Timestamp.msPerDay
            $0.reach = reach
        }
    }

    private static func content(id: String = "o", currency: String = "EUR", _ versions: OfferingVersion...) -> CatalogueContent {
        .with { $0.offerings = [.with { $0.id = id; $0.currency = currency; $0.versions = versions }] }
    }

    private static func profile(_ subject: String, _ from: String) -> PriceProfile {
        .with { $0.subject = subject; $0.validFromMs = Timestamp(rfc3339: from + "T00:00:00Z")!.ms; $0.offering = "o" }
    }

    /// A price by day, holidays, a profile.
    private static func places(_ change: (inout CatalogueContent) -> Void = { _ in }) -> CatalogueContent {
        var priced = version("2026-01-01", fee: 1)
        priced.prices = [.with { $0.id = "p"; $0.conditions.timeBands = ["day"] }]
        var content = content(priced)
        content.timeBands = [.with { $0.id = "day"; $0.holidays = "cz"; $0.onHolidays = .never }, .with { $0.id = "spare" }]
        content.holidayCalendars = [.with { $0.id = "cz"; $0.days = ["12-24", "2026-04-06"] }]
        content.priceProfiles = [profile("a", "2026-01-01")]
        content.zones = [.with { $0.id = "z"; $0.prefixes = ["420"] }]
        change(&content)
        return content
    }

    struct Case: Sendable {
        var name: String
        var new: CatalogueContent
        var old = PublishedPromisesTests.old
        /// What each fault says.
        var says: [String] = []
    }

    private static let old = content(version("2026-01-01", fee: 1), version("2026-12-01", fee: 2))

    static let cases = [
        Case(name: "nothing changed", new: old),
        Case(name: "the version in force", new: content(version("2026-01-01", fee: 9), version("2026-12-01", fee: 2)), says: ["2026-01-01T00:00:00Z is in force"]),
        Case(name: "it is gone", new: content(version("2026-12-01", fee: 2)), says: ["2026-01-01T00:00:00Z is in force"]),
        Case(name: "a version to come", new: content(version("2026-01-01", fee: 1), version("2026-12-01", fee: 9))),
        Case(name: "no version to come", new: content(version("2026-01-01", fee: 1))),
        Case(
            name: "a version from the past", new: content(version("2026-01-01", fee: 1), version("2026-06-01", fee: 3), version("2026-12-01", fee: 2)),
            says: ["2026-06-01T00:00:00Z, which is past"]),
        Case(name: "too short a notice", new: content(version("2026-01-01", fee: 1), version("2026-07-01", fee: 3, notice: 30)), says: ["a notice of 30 days"]),
        Case(name: "long enough", new: content(version("2026-01-01", fee: 1), version("2026-07-16", fee: 3, notice: 30))),
        Case(
            name: "new customers need no notice", new: content(version("2026-01-01", fee: 1), version("2026-07-01", fee: 3, notice: 30, reach: .newSales))),
        Case(
            name: "an announced version keeps its notice", new: content(version("2026-01-01", fee: 1), version("2026-12-01", fee: 9)),
            old: content(version("2026-01-01", fee: 1), version("2026-12-01", fee: 2, notice: 360)), says: ["a notice of 360 days"]),
        Case(name: "the offering is gone", new: content(id: "other", version("2026-01-01", fee: 1)), says: ["offering o is missing"]),
        Case(name: "a band that prices", new: places { $0.timeBands[0].fromS = 7200 }, old: places(), says: ["time band day"]),
        Case(name: "a band is gone", new: places { $0.timeBands.removeFirst() }, old: places(), says: ["time band day"]),
        Case(name: "one that prices nothing yet", new: places { $0.timeBands[1].fromS = 7200 }, old: places()),
        Case(name: "a new one", new: places { $0.timeBands.append(.with { $0.id = "new" }) }, old: places()),
        Case(name: "a holiday to come", new: places { $0.holidayCalendars[0].days += ["2026-06-17", "2027-04-05"] }, old: places()),
        Case(name: "one that was", new: places { $0.holidayCalendars[0].days += ["2026-06-14"] }, old: places(), says: ["2026-06-14 can't come"]),
        Case(name: "one that has begun in the east", new: places { $0.holidayCalendars[0].days += ["2026-06-16"] }, old: places(), says: ["2026-06-16"]),
        Case(
            name: "holidays that no price asks", new: places { $0.timeBands[0].holidays = ""; $0.holidayCalendars = [] },
            old: places { $0.timeBands[0].holidays = "" }),
        Case(name: "one of each year", new: places { $0.holidayCalendars[0].days.removeFirst() }, old: places(), says: ["12-24 can't"]),
        Case(name: "no holidays at all", new: places { $0.holidayCalendars = [] }, old: places(), says: ["holidays cz"]),
        Case(name: "a profile to come", new: places { $0.priceProfiles.append(profile("b", "2026-07-01")) }, old: places()),
        Case(name: "one from the past", new: places { $0.priceProfiles.append(profile("b", "2026-06-01")) }, old: places(), says: ["\"b\""]),
        Case(name: "another offering", new: places { $0.priceProfiles[0].offering = "x" }, old: places(), says: ["is in force"]),
        Case(name: "a profile is gone", new: places { $0.priceProfiles = [] }, old: places(), says: ["is in force"]),
        Case(name: "prefixes follow numbering plans", new: places { $0.zones = [] }, old: places()),
        Case(name: "another currency", new: content(currency: "CZK", version("2026-01-01", fee: 1), version("2026-12-01", fee: 2)), says: ["from EUR to CZK"]),
    ]

    @Test("a change keeps it or breaks it", arguments: cases)
    func promise(_ item: Case) {
        let broken = PublishedPromises.broken(from: item.old, to: item.new, now: Self.now)
        #expect(broken.count == item.says.count, "\(item.name): \(broken)")
        for (fault, says) in zip(broken, item.says) { #expect(fault.contains(says), "\(item.name)") }
    }

    @Test("a difference is said by the ids of what changed, in units that people write")
    func diff() throws {
        let new = Self.content(Self.version("2026-01-01", fee: 1_500_000_000), Self.version("2026-12-01", fee: 2, notice: 30))
        let changes = try CatalogueDiff(from: Self.old, to: new).changes
        #expect(
            changes == [
                CatalogueDiff.Change(path: "offerings/o/versions/2026-01-01T00:00:00Z/recurring/monthly/amount", old: "0.000000001", new: "1.5"),
                CatalogueDiff.Change(path: "offerings/o/versions/2026-12-01T00:00:00Z/noticeMs", old: nil, new: "2592000000"),
            ])
        #expect(try CatalogueDiff(from: new, to: new).changes.isEmpty)
    }

    @Test("another order of prices, and one profile among several, are differences")
    func orderAndProfiles() throws {
        func content(_ ids: [String], _ offerings: [String]) -> CatalogueContent {
            .with {
                $0.offerings = [.with { $0.id = "o"; $0.versions = [.with { $0.prices = ids.map { id in .with { $0.id = id } } }] }]
                $0.priceProfiles = offerings.enumerated().map { place, offering in .with { $0.subject = "s\(place)"; $0.offering = offering; $0.validFromMs = 1 } }
            }
        }
        let changes = try CatalogueDiff(from: content(["a", "b"], ["o", "o"]), to: content(["b", "a"], ["p", "o"])).changes
        #expect(changes.map(\.old) == ["a, b", "o"])
        #expect(changes.map(\.new) == ["b, a", "p"])
    }
}
