import Catalogue
import Foundation
import Testing
import Yams

@Suite("Tariff plans of CGRateS")
struct CGRateSImportTests {
    /// A plan that is right. Tests replace one file or more.
    static let plan = [
        "Timings.csv": "#Tag,Years,Months,MonthDays,WeekDays,Time\nPEAK,*any,*any,*any,1;2;3;4;5,08:00:00\nNIGHT,*any,*any,*any,*any,00:00:00\n",
        "Destinations.csv": "#Id,Prefix\nDE,+49\nDE_MOBILE,+4915\nDE_MOBILE,+4917\nBOX,voicemail\n",
        "Rates.csv": "#Id,ConnectFee,Rate,RateUnit,RateIncrement,GroupIntervalStart\nR,0.2,1.2,1m,1m,0\nR,,1.2,1m,1s,1m\nD,0,1,1024,1024,0\n",
        "DestinationRates.csv":
            "#Id,DestinationId,RatesTag,RoundingMethod,RoundingDecimals,MaxCost,MaxCostStrategy\nV,DE,R,*up,4,0,\nA,*any,D,*up,20,0,\n",
        "RatingPlans.csv": "#Id,DestinationRatesId,TimingTag,Weight\nP,V,PEAK,10\nP,A,*any,20\n",
        "RatingProfiles.csv": "#Tenant,Category,Subject,ActivationTime,RatingPlanId,RatesFallbackSubject\nt,call,1001,2019-03-01T00:00:00Z,P,*any\nt,call,*any,2019-03-01T00:00:00Z,P,\n",
    ]

    static func run(_ changes: [String: String?], tenant: String? = nil, timeZone: String = "UTC") throws -> Result<ImportedCatalogue, CatalogueErrors> {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in plan.merging(changes.compactMapValues { $0 }, uniquingKeysWith: { _, changed in changed }) where changes[file] != .some(nil) {
            try folder.write(file, text)
        }
        return Result { () throws(CatalogueErrors) in try CGRateSImport(tenant: tenant, timeZone: timeZone).run(folder.path) }
    }

    /// What `path` ("versions.0.prices.0.id") leads to in a file, in short; "-" where there is nothing.
    static func value(_ imported: ImportedCatalogue, _ file: String, _ path: String) throws -> String {
        guard let text = imported.files.first(where: { $0.path == file })?.text else { return "-" }
        var node = try compose(yaml: text)
        for step in path.split(separator: ".") {
            if let place = Int(step), let items = node?.sequence {
                node = place < items.count ? items[place] : nil
            } else {
                node = node?.mapping?[String(step)]
            }
        }
        return node.map(short) ?? "-"
    }

    static func short(_ node: Node) -> String {
        if let items = node.sequence { return "[" + items.map(short).joined(separator: ", ") + "]" }
        if let mapping = node.mapping { return "{" + mapping.map { "\(short($0)): \(short($1))" }.joined(separator: ", ") + "}" }
        return node.scalar?.string ?? ""
    }

    struct Carried: CustomTestStringConvertible {
        var what: String
        var changes: [String: String] = [:]
        var file = "offerings/P.yaml"
        var path: String
        var value: String
        var testDescription: String { what }

        init(_ what: String, with changes: [String: String] = [:], in file: String = "offerings/P.yaml", _ path: String, _ value: String) {
            (self.what, self.changes, self.file, self.path, self.value) = (what, changes, file, path, value)
        }

        init(_ what: String, price changes: [String: String], _ path: String, _ value: String) {
            self.init(what, with: changes, "versions.0.prices.0." + path, value)
        }

        static func timing(_ line: String, _ path: String, _ value: String) -> Carried {
            Carried("timing \(line)", with: ["Timings.csv": "PEAK,\(line)\n"], in: "calendars.yaml", "time_bands.0" + path, value)
        }

        static func rate(_ lines: String, _ value: String) -> Carried {
            Carried("rate \(lines)", price: ["Rates.csv": lines + "\nD,0,0,1,1,0\n"], "steps", value)
        }

        static func profile(_ line: String, _ path: String, _ value: String) -> Carried {
            Carried("profile \(line)", with: ["RatingProfiles.csv": line + "\n"], in: "profiles.yaml", "0." + path, value)
        }
    }

    static let carried: [Carried] = [
        Carried("types", in: "settings.yaml", "usage_types", "{voice: s, data: B, sms: event, generic: event}"),
        Carried("zones", in: "zones.yaml", "", "[{id: DE, prefixes: [49]}, {id: DE_MOBILE, prefixes: [4915, 4917]}, {id: BOX, prefixes: [voicemail]}]"),
        Carried("zones of its own", "zones", "[DE]"),
        Carried("for all time", "versions.0.valid_from", "1900-01-01T00:00:00Z"),
        Carried(
            "an id that a file can't have", with: ["RatingPlans.csv": "../é p,V,*any,1\n", "RatingProfiles.csv": ""], in: "offerings/_.___p.yaml", "id",
            "../é p"),
        Carried("every type", price: [:], "type", "*"),
        Carried("sessions are split", price: [:], "session", "split"),
        Carried("zone", price: [:], "zones", "[DE]"),
        Carried("time band", price: [:], "when", "{times: [PEAK]}"),
        Carried("connection fee of the first line", price: [:], "connection_fee", "0.2"),
        Carried("maximum", price: ["DestinationRates.csv": "V,DE,R,*up,4,10,*free\nA,*any,D,*up,4,,\n"], "maximum", "10"),
        Carried("rounding", price: [:], "rounding", "{mode: up, decimals: 4}"),
        Carried("steps", price: [:], "steps", "[{from: 0, increment: 60, price: 1.2, per: 60}, {from: 60, increment: 1, price: 1.2, per: 60}]"),
        Carried("any destination is last, whatever its weight", "versions.0.prices.1.id", "A.any.any"),
        Carried("any destination", "versions.0.prices.1.zones", "-"),
        Carried("any time", "versions.0.prices.1.when", "-"),
        Carried("twenty decimals", "versions.0.prices.1.rounding", "{mode: up, decimals: 9}"),
        Carried("no maximum", "versions.0.prices.1.maximum", "-"),
        Carried("middle", price: ["DestinationRates.csv": "V,DE,R,*middle,2,,\nA,*any,D,*up,4,,\n"], "rounding", "{mode: half-up, decimals: 2}"),
        Carried("zero decimals", price: ["DestinationRates.csv": "V,DE,R,*down,0,,\nA,*any,D,*up,4,,\n"], "rounding", "-"),
        .rate("R,0,0.01,0,0s,", "[{from: 0, increment: 1, price: 0.01, per: 1}]"),
        .rate("R,0,1e-05,1h30m,1.5s,0", "[{from: 0, increment: 1.5, price: 0.00001, per: 5400}]"),
        .rate("R,0,0.000000000125,10,500ms,0s", "[{from: 0, increment: 0.5, price: 0.000000125, per: 10000}]"),
        .rate(
            "R,0,3,60s,1s,2m\nR,0,1,60s,60s,0\nR,0,2,60s,60s,90s",
            "[{from: 0, increment: 60, price: 1, per: 60}, {from: 120, increment: 1, price: 3, per: 60}]"),
        .timing("*any,*any,*any,1;2;3;4;5,08:00:00", "", "{id: PEAK, weekdays: [mon, tue, wed, thu, fri], from: 08:00}"),
        .timing("2026;2027,12,24;25,,8:30:15", "", "{id: PEAK, years: [2026, 2027], months: [12], month_days: [24, 25], from: 08:30:15}"),
        .timing("*any,*any,*any,0;1,00:00:00", ".weekdays", "[mon, sun]"),
        .timing("*any,*any,*any,6-7,00:00:00", ".weekdays", "[sat, sun]"),
        .timing("*any,*any,*any,1;2;3;4;5;6;7,*asap", "", "-"),
        .profile("t,call,*any,2012-01-01T02:00:00+02:00,P,", "", "{category: call, subject: *, valid_from: 2012-01-01T00:00:00Z, offering: P}"),
        .profile("t,call,1001,1325376000,P,sub;*any\nt,call,sub,,P,\nt,call,*any,,P,", "fallback", "[*, sub]"),
        .profile("t,call,1001,2012-01-01 00:00:00,P,", "valid_from", "2011-12-31T23:00:00Z"),
        .profile("t,*any,true,0001-01-01T00:00:00Z,P,", "valid_from", "1900-01-01T00:00:00Z"),
        .profile("t,*any,\"a\"\"b: #,\",*now,P,", "subject", "a\"b: #,"),
        .profile("#x\r\n\r\nt , yes,1001,,P,\r", "category", "yes"),
    ]

    @Test("are carried over", arguments: carried)
    func carries(_ carried: Carried) throws {
        let imported = try Self.run(carried.changes, timeZone: "Europe/Prague").get()
        for (path, text) in imported.files { #expect(throws: Never.self, "\(path)") { try compose(yaml: text) } }
        #expect(try Self.value(imported, carried.file, carried.path) == carried.value)
    }

    /// Ids of the prices in their order.
    static let orders: [(what: String, plans: String, ids: [String])] = [
        ("the higher weight", "P,V,NIGHT,10\nP,M,NIGHT,20\n", ["M.DE_MOBILE.NIGHT", "V.DE.NIGHT"]),
        ("the later start", "P,V,NIGHT,10\nP,V,PEAK,10\nP,V,NOON,10\n", ["V.DE.NOON", "V.DE.PEAK", "V.DE.NIGHT"]),
        ("the earlier line", "P,V,PEAK,10\nP,M,*any,10\nP,V,*any,10\n", ["V.DE.PEAK", "M.DE_MOBILE.any", "V.DE.any"]),
        ("the heavier of two that always hold", "P,V,*any,10\nP,W,NIGHT,20\n", ["W.DE.NIGHT"]),
        ("any destination for what is left", "P,A,*any,30\nP,M,PEAK,10\n", ["M.DE_MOBILE.PEAK", "A.any.any"]),
        ("the shorter prefix outside a timing", "P,M,PEAK,10\nP,V,*any,10\n", ["M.DE_MOBILE.PEAK", "V.DE.any", "V.DE.any.DE_MOBILE"]),
    ]

    @Test("order their prices: first comes", arguments: orders)
    func order(what: String, plans: String, ids: [String]) throws {
        let changes = [
            "DestinationRates.csv": "V,DE,R,*up,4,,\nW,DE,D,*up,4,,\nM,DE_MOBILE,R,*up,4,,\nA,*any,D,*up,4,,\n", "RatingPlans.csv": plans,
            "Timings.csv": "PEAK,*any,*any,*any,1;2;3;4;5,08:00:00\nNIGHT,*any,*any,*any,*any,00:00:00\nNOON,,,,,12:00:00\n",
        ]
        let imported = try Self.run(changes).get()
        let found = try ids.indices.map { try Self.value(imported, "offerings/P.yaml", "versions.0.prices.\($0).id") }
        #expect(found == ids)
        #expect(try Self.value(imported, "offerings/P.yaml", "versions.0.prices.\(ids.count)") == "-")
    }

    static let faults: [(file: String, text: String, fault: String)] = [
        ("Timings.csv", "PEAK,*any,13,*any,*any,08:00:00\n", "Timings.csv:1: Months: expected *any, or numbers from 1 to 12 with \";\" between, found \"13\""),
        ("Timings.csv", "\nPEAK,,,,,25:00:00\n", "Timings.csv:2: Time: expected a time of day such as 08:00:00, found \"25:00:00\""),
        ("Timings.csv", "OTHER,,,,,00:00:00\n", "RatingPlans.csv:2: TimingTag: no timing \"PEAK\" in Timings.csv"),
        ("Destinations.csv", "DE,4 9\n", "Destinations.csv:1: Prefix: expected digits, or a word of at most 32 bytes that begins with a letter, without spaces, found \"4 9\""),
        ("Destinations.csv", "FR,33\n", "DestinationRates.csv:2: DestinationId: no destination \"DE\" in Destinations.csv"),
        ("Rates.csv", "R,x,1,1,1,0\nD,0,0,1,1,0\n", "Rates.csv:1: ConnectFee: expected a number such as 0.05, found \"x\""),
        (
            "Rates.csv", "R,0,1,1 min,1,0\nD,0,0,1,1,0\n",
            "Rates.csv:1: RateUnit: expected a duration such as 60s or 1m, or a number of units, found \"1 min\""
        ),
        ("Rates.csv", "R,0,1,1,1,0\n", "DestinationRates.csv:3: RatesTag: no rate \"D\" in Rates.csv"),
        (
            "Rates.csv", "R,0,1,1,0\nR,0,1,1,1,0\nD,0,1,1,1,0\n",
            "Rates.csv:1: expected 6 fields (Id, ConnectFee, Rate, RateUnit, RateIncrement, GroupIntervalStart), found 5"
        ),
        ("Rates.csv", "D,0,1,1,1,0\nR,0,1,1,1,0\n\"X,0,1,1,1,0\n", "Rates.csv:3: a quote is opened here, and never closed"),
        ("DestinationRates.csv", "V,DE,R,*up,four,,\nA,*any,D,,,,\n", "DestinationRates.csv:1: RoundingDecimals: expected a whole number, found \"four\""),
        ("RatingPlans.csv", "P,X,*any,1\n", "RatingPlans.csv:1: DestinationRatesId: no destination rate \"X\" in DestinationRates.csv"),
        (
            "RatingPlans.csv", "P,V,*daily,1\n",
            "RatingPlans.csv:1: TimingTag: *daily begins at the time of day at which CGRateS loads the plan: expected a fixed timing"
        ),
        ("RatingProfiles.csv", "t,call,x,2012-01-01T00:00:00Z,Q,\n", "RatingProfiles.csv:1: RatingPlanId: no rating plan \"Q\" in RatingPlans.csv"),
        (
            "Rates.csv", "R,1,1,1s,1s,60s\nR,1,2,1s,1s,90s\nD,0,0,1,1,0\n",
            "Rates.csv:1: GroupIntervalStart: expected a line that begins at 0, found \"60s\" as the first of R: CGRateS has no price for what is before it"
        ),
        ("Rates.csv", "R,1,9999999999,1s,1s,0\nD,0,0,1,1,0\n", "Rates.csv:1: Rate: expected at most 9223372036, found \"9999999999\""),
        ("Rates.csv", "R,1,-1,1s,1s,0\nD,0,0,1,1,0\n", "Rates.csv:1: Rate: expected a rate that is not below zero, found \"-1\""),
        (
            "RatingPlans.csv", "P,V,PEAK,-1\n",
            "RatingPlans.csv:1: Weight: expected a weight that is not below zero, found \"-1\": CGRateS passes over it"
        ),
        (
            "Destinations.csv", "DE,+\n",
            "Destinations.csv:1: Prefix: expected digits, or a word of at most 32 bytes that begins with a letter, without spaces, found \"+\""
        ),
        (
            "DestinationRates.csv", "V,DE,R,*round,3,,\nA,*any,D,*up,2,,\n",
            "DestinationRates.csv:1: RoundingMethod: expected *up, *down or *middle, found \"*round\" beside others in P"
        ),
        ("RatingProfiles.csv", "t,call,x,*now,P,\nu,call,x,*now,P,\n", "RatingProfiles.csv:1: Tenant: several tenants, and none was named: t, u"),
        (
            "RatingProfiles.csv", "t,call,x,+1h,P,\n",
            "RatingProfiles.csv:1: ActivationTime: expected a fixed time such as 2012-01-01T00:00:00Z or 2012-01-01 00:00:00, found \"+1h\""
        ),
    ]

    @Test("that can't be read are refused, with the place of each fault", arguments: faults)
    func fault(file: String, text: String, fault: String) throws {
        let result = try Self.run([file: text])
        guard case .failure(let errors) = result else {
            Issue.record("nothing was found")
            return
        }
        #expect(errors.errors.map(\.description) == [fault])
    }

    @Test("that are not there at all are refused")
    func nothing() {
        #expect(throws: CatalogueErrors.self) { try CGRateSImport().run("/nowhere") }
        let error = #expect(throws: CatalogueErrors.self) { try CGRateSImport(timeZone: "Mars/Base").run("/nowhere") }
        #expect(error?.errors.first?.description.hasPrefix("the time zone: expected an IANA time zone") == true)
    }

    static let notes: [(file: String, text: String, note: String)] = [
        ("Timings.csv", "PEAK,,,,,*asap\n", "Timings.csv:1: the time *asap: it is the moment of an action; as the time of a rate it is taken as any"),
        ("Timings.csv", "PEAK,,,,,08:00:00;19:00:00\n", "Timings.csv:1: the end time 19:00:00: CGRateS rates a timing from its start to the end of the day"),
        ("Destinations.csv", "DE,49\nDE,!4915\n", "Destinations.csv:2: the negated prefix !4915 of DE: a zone has no exceptions"),
        ("Rates.csv", "R,1,1,1s,1s,0\nR,2,1,1s,1s,60s\nD,0,0,1,1,0\n", "Rates.csv:2: the connection fee 2: CGRateS takes that of the tag's first line only"),
        (
            "Rates.csv", "R,1,0.6,60,1s,0\nD,0,0,1,1,0\n",
            "Rates.csv:1: durations and bare numbers in one tag: a bare number is one unit here; in CGRateS it is a nanosecond"
        ),
        (
            "Rates.csv", "R,1,0.01,60s,1s,0\nD,0,0,1,1,0\n",
            "Rates.csv:1: the rate 0.01 a 60s in increments of 1s: CGRateS rounds what each increment costs to 5 decimals (rounding_decimals in its "
                + "configuration); here only the charge is rounded"
        ),
        (
            "DestinationRates.csv", "V,DE,R,*up,4,5,*free\nA,*any,D,*up,4,,\n",
            "DestinationRates.csv:1: the maximum cost 5 over several parts: CGRateS counts what earlier parts of a call cost once more with each part, and may "
                + "charge the maximum too early; here it is the most that the call costs"
        ),
        (
            "DestinationRates.csv", "V,DE,R,*round,3,,\nA,*any,D,,,,\n",
            "DestinationRates.csv:1: the rounding method \"*round\": CGRateS rounds by *up, *down and *middle only"
        ),
        (
            "DestinationRates.csv", "V,DE,R,*up,4,5,*disconnect\nA,*any,D,*up,4,,\n",
            "DestinationRates.csv:1: the maximum cost 5 with *disconnect: a price can't end a call"
        ),
        ("RatingPlans.csv", "P,V,*asap,1\n", "RatingPlans.csv:1: the timing *asap: it is the moment of an action; as the time of a rate it is taken as any"),
        (
            "RatingPlans.csv", "P,V,*any,20\nP,V,PEAK,10\n",
            "RatingPlans.csv:2: V for DE in P: V of line 1 holds at all of its times, and comes before it"
        ),
        (
            "RatingPlans.csv", "P,V,*any,20\nP,V,PEAK,30\n",
            "RatingPlans.csv:2: V for DE in P, which begins during the day and is heavier than that of line 1: by the order of such lines CGRateS may not go over "
                + "to it within a call; here it always does"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2020-01-01T00:00:00Z,P,\nt,call,*any,2019-01-01T00:00:00Z,P,\n",
            "RatingProfiles.csv:1: calls of 1001 before 2020-01-01T00:00:00Z: CGRateS has no price for them; here they are priced by the profile of line 2"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2012-01-01T00:00:00Z,P,b;a\nt,call,a,2012-01-01T00:00:00Z,P,\nt,call,b,2012-01-01T00:00:00Z,P,\n",
            "RatingProfiles.csv:1: the order of the fallback subjects: CGRateS asks them in the order of their bytes: a, b"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2012-01-01T00:00:00Z,P,a;b\nt,call,a,2012-01-01T00:00:00Z,P,c\nt,call,b,2012-01-01T00:00:00Z,P,\n"
                + "t,call,c,2012-01-01T00:00:00Z,P,\n",
            "RatingProfiles.csv:1: the fallback subject b: behind a, which has fallback subjects itself, CGRateS asks no other"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,*now,P,\n",
            "RatingProfiles.csv:1: the activation time *now: it is the moment at which CGRateS loads the plan; the profile holds for all time"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2012-01-01T00:00:00Z,P,1001\n",
            "RatingProfiles.csv:1: the fallback subject 1001: it is the profile's own subject"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2012-01-01T00:00:00Z,P,sub\nt,data,sub,2012-01-01T00:00:00Z,P,\n",
            "RatingProfiles.csv:1: the fallback subject sub: no profile of category call is for it"
        ),
        (
            "RatingProfiles.csv", "t,call,1001,2012-01-01T00:00:00Z,P,\nu,call,*any,2012-01-01T00:00:00Z,P,\n",
            "RatingProfiles.csv:2: a rating profile of tenant u: the catalogue is of tenant t"
        ),
    ]

    @Test("say what they could not carry over", arguments: notes)
    func note(file: String, text: String, note: String) throws {
        #expect(try Self.run([file: text], tenant: "t").get().notes.map(\.description) == [note])
    }

    @Test("give the same files each time, in the same order; absent files are empty ones")
    func deterministic() throws {
        let (one, two) = (try Self.run([:]).get(), try Self.run([:]).get())
        #expect(one.files.map(\.path) == ["settings.yaml", "issuers.yaml", "zones.yaml", "calendars.yaml", "profiles.yaml", "offerings/P.yaml"])
        // Their name is the folder's, which a test makes anew.
        #expect(one.files.dropFirst(2).map(\.text) == two.files.dropFirst(2).map(\.text))
        #expect(one.notes.isEmpty)
        let absent: [String: String?] = ["Timings.csv": nil, "Destinations.csv": nil, "RatingProfiles.csv": nil]
        let few = try Self.run(
            absent.merging(["DestinationRates.csv": "A,*any,D,,,,\n", "RatingPlans.csv": "P,A,*any,0"], uniquingKeysWith: { $1 })
        ).get()
        #expect(few.files.map(\.path) == ["settings.yaml", "issuers.yaml", "offerings/P.yaml"])
    }

    @Test("that the loader would refuse are no catalogue, whatever the reason: the line of the plan is named")
    func refused() throws {
        // What five such prices come to has no common denominator that could be added up exactly.
        let units = [999_983, 999_979, 999_961, 999_959, 999_953]
        let rates = units.enumerated().map { "R,0,0.333,\($0.element)s,1s,\($0.offset * 60)s\n" }.joined() + "D,0,0,1,1,0\n"
        guard case .failure(let errors) = try Self.run(["Rates.csv": rates]) else {
            Issue.record("nothing was found")
            return
        }
        #expect(errors.errors.map { "\($0.file):\($0.line)" } == ["RatingPlans.csv:2"])
        #expect(errors.errors.first?.message.hasPrefix("the catalogue would be refused: offerings/P.yaml:") == true)
    }

    @Test("tell all of their faults at once")
    func all() throws {
        let changes = ["Rates.csv": "R,x,y,1,1,0\n", "RatingPlans.csv": "P,V,NEVER,heavy\n"]
        guard case .failure(let errors) = try Self.run(changes) else {
            Issue.record("nothing was found")
            return
        }
        let places = [
            "DestinationRates.csv:3 RatesTag", "Rates.csv:1 ConnectFee", "Rates.csv:1 Rate", "RatingPlans.csv:1 Weight", "RatingPlans.csv:1 TimingTag",
        ]
        #expect(errors.errors.map { "\($0.file):\($0.line) \($0.field)" } == places)
    }
}
