import Catalogue
import Events
import Foundation
import Testing

@Suite("The catalogue's source")
struct CatalogueLoaderTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let demo = root + "/Deploy/examples/demo/catalogue"

    @Test("the demo's catalogue compiles, to the same bytes each time")
    func demo() throws {
        let content = try CatalogueLoader().load(Self.demo)
        #expect(content.offerings.map(\.id) == ["flat", "start"])
        #expect(content.offerings[0].versions.map(\.recurring[0].amountNanos) == [399_000_000_000, 449_000_000_000])
        // 2026-07-01 begins in Prague, in summer time.
        #expect(content.offerings[0].versions[1].validFromMs == 1_782_856_800_000)
        #expect(content.offerings[1].versions[0].prices[0].steps.map(\.incrementMicros) == [60_000_000, 1_000_000])
        #expect(content.offerings[1].versions[0].prices.last?.scope == .period)
        #expect(content.issuers[0].taxes[0].percentMicros == 21_000_000)
        #expect(content.graceMs == 86_400_000 && content.latePeriods == 2)
        let (one, two) = (CompiledCatalogue(content), try CatalogueLoader().compile(Self.demo))
        #expect(one.record == two.record && one.hash == two.hash && one.key.utf8.count == 64)
        #expect(Array(one.marker.hash) == one.hash)
    }

    @Test("a table makes an offering of each row")
    func table() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        try folder.write("plans.csv", "plan_name,usd_monthly_pay,usd_per_minute,usd_per_message,usd_per_gb,minutes_included,messages_included,mb_per_month_included\nsurf,20,0.03,0.03,10,500,50,15360\n\"big, one\",70,0.01,0.01,7,3000,1000,30720\n")
        let content = try CatalogueLoader(tables: ["plans": folder.path + "/plans.csv"]).load(Self.root + "/Deploy/examples/megaline/catalogue")
        #expect(content.offerings.map(\.id) == ["surf", "big, one"])
        let version = try #require(content.offerings.first?.versions.first)
        #expect(version.allowances.map(\.amountMicros) == [30_000_000_000, 50_000_000, 15360 << 20 * 1_000_000])
        #expect(version.recurring[0].onlyWithUsage)
        #expect(content.sources.map(\.id) == ["megaline-calls", "megaline-internet", "megaline-messages"])
        #expect(throws: CatalogueErrors.self) { try CatalogueLoader().load(Self.root + "/Deploy/examples/megaline/catalogue") }
    }

    struct Fault: CustomTestStringConvertible {
        var file: String
        var replace: String
        var by: String
        /// "file:line: field: part of the message"
        var line: Int
        var field: String
        var says: String
        var testDescription: String { "\(file) \(by)" }
    }

    static let faults = [
        Fault(file: "settings.yaml", replace: "grace: 1d", by: "grace: soon", line: 2, field: "grace", says: "expected a time span"),
        Fault(file: "settings.yaml", replace: "late_periods: 2", by: "late: 2", line: 3, field: "late", says: "unknown key"),
        Fault(file: "settings.yaml", replace: "[UTC]", by: "[Mars/Base]", line: 4, field: "time_zones[0]", says: "expected an IANA time zone"),
        Fault(file: "zones.yaml", replace: "\"421\"", by: "\"42o\"", line: 2, field: "[1].prefixes[0]", says: "digits"),
        Fault(file: "zones.yaml", replace: "\"421\"", by: "\"420\"", line: 2, field: "[1].prefixes[0]", says: "in zone home already"),
        Fault(file: "offerings/o.yaml", replace: "currency: CZK", by: "currency: koruna", line: 3, field: "currency", says: "ISO 4217"),
        Fault(file: "offerings/o.yaml", replace: "2026-01-01", by: "2020-01-01", line: 13, field: "versions[1]", says: "in order of valid_from"),
        Fault(file: "offerings/o.yaml", replace: "zones: [home]", by: "zones: [hom]", line: 9, field: "versions[0].prices[0].zones[0]", says: "no zone \"hom\""),
        Fault(file: "offerings/o.yaml", replace: "type: sms", by: "type: mms", line: 11, field: "versions[0].prices[2].type", says: "unknown usage type"),
        Fault(
            file: "offerings/o.yaml", replace: "increment: 60 s", by: "increment: 60 B", line: 9, field: "versions[0].prices[0].steps[0].increment",
            says: "expected a quantity in s, min, h"),
        Fault(
            file: "offerings/o.yaml", replace: "price: \"1.5\"", by: "price: 1,5", line: 9, field: "versions[0].prices[0].steps[0].5",
            says: "unknown key"),
        Fault(
            file: "offerings/o.yaml", replace: "{id: sms, type: sms,", by: "{id: any, type: sms,", line: 11, field: "versions[0].prices[2]",
            says: "comes twice"),
        Fault(file: "offerings/o.yaml", replace: "zones: [home]", by: "zones: []", line: 10, field: "versions[0].prices[1]", says: "no usage can reach it"),
        Fault(
            file: "offerings/o.yaml", replace: "{id: m, type: voice", by: "{id: m, type: data", line: 7, field: "versions[0].allowances[0]",
            says: "no price is for type data"),
        Fault(file: "offerings/o.yaml", replace: "from: 60 s", by: "from: 90 s", line: 9, field: "versions[0].prices[0].steps[1]", says: "whole number of increments"),
        Fault(
            file: "offerings/o.yaml", replace: "    recurring: []", by: "    usage_when: {suspended: drop}\n    recurring: []", line: 12,
            field: "versions[0].usage_when.suspended", says: "expected bill or suspend or reject"),
        Fault(
            file: "offerings/o.yaml", replace: "    recurring: []", by: "    minimum_spend: \"0\"\n    recurring: []", line: 12,
            field: "versions[0].minimum_spend", says: "expected an amount above zero"),
        Fault(
            file: "offerings/o.yaml", replace: "    recurring: []", by: "    recurring: [{id: minimum-spend, amount: 1}]", line: 12,
            field: "versions[0].recurring[0]", says: "give the price another id"),
        Fault(file: "sources/s.yaml", replace: "quantity: amount", by: "quantity: duration", line: 9, field: "quantity", says: "no column"),
        Fault(file: "sources/s.yaml", replace: "id: s", by: "id: [", line: 3, field: "", says: "no valid YAML"),
        Fault(file: "settings.yaml", replace: "voice: s", by: "voice: km", line: 5, field: "usage_types.voice", says: "expected s, B, event or amount"),
        Fault(
            file: "settings.yaml", replace: "voice: s", by: "voice: {unit: s, largest: 1 GB}", line: 5, field: "usage_types.voice.largest", says: "say longest"),
        Fault(file: "settings.yaml", replace: "data: B", by: "data: {unit: B, longest: 1d}", line: 5, field: "usage_types.data.longest", says: "say largest"),
        Fault(file: "settings.yaml", replace: "data: B", by: "data: {unit: B, largest: 2 TB}", line: 5, field: "usage_types.data.largest", says: "at most"),
        Fault(file: "settings.yaml", replace: "voice: s", by: "voice: {unit: s, longest: 0s}", line: 5, field: "usage_types.voice.longest", says: "above zero"),
        Fault(file: "settings.yaml", replace: "voice: s", by: "voice: {unit: s, ahead: 0d}", line: 5, field: "usage_types.voice.ahead", says: "above zero"),
        Fault(file: "settings.yaml", replace: "voice: s", by: "voice: {longest: 1d}", line: 5, field: "usage_types.voice.unit", says: "is missing"),
        Fault(
            file: "offerings/o.yaml", replace: "increment: 1 event", by: "increment: 9223372036855 event", line: 11,
            field: "versions[0].prices[2].steps[0].increment", says: "the most that one usage can have"),
        Fault(
            file: "offerings/o.yaml", replace: "amount: 5 min", by: "amount: 1300000000000000000000000 s", line: 7,
            field: "versions[0].allowances[0].amount", says: "expected a quantity"),
    ]

    static let files = [
        ("settings.yaml", "name: test\ngrace: 1d\nlate_periods: 2\ntime_zones: [UTC]\nusage_types: {voice: s, sms: event, data: B}\n"),
        ("issuers.yaml", "- {id: i, name: I, series: i, taxes: []}\n"),
        ("zones.yaml", "- {id: home, prefixes: [\"420\"]}\n- {id: near, prefixes: [\"421\"]}\n"),
        (
            "offerings/o.yaml",
            """
            id: o
            name: O
            currency: CZK
            versions:
              - valid_from: 2020-01-01
                allowances:
                  - {id: m, type: voice, amount: 5 min}
                prices:
                  - {id: home, type: voice, zones: [home], steps: [{increment: 60 s, price: "1.5", per: 1 min}, {from: 60 s, increment: 1 s, price: "1", per: 1 min}]}
                  - {id: any, type: voice, steps: [{increment: 60 s, price: "2", per: 1 min}]}
                  - {id: sms, type: sms, steps: [{increment: 1 event, price: "1"}]}
                recurring: []
              - valid_from: 2026-01-01
                prices: []

            """
        ),
        (
            "sources/s.yaml",
            "id: s\nformat: csv\ncolumns: [id, who, at, amount]\nstream: x\ntype: {constant: voice}\nsubscriber: who\nstart: at\nstart_format: rfc3339\nquantity: amount\n"
        ),
    ]

    @Test("a fault is told with file, line, field and what was expected", arguments: faults)
    func fault(_ fault: Fault) throws {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in Self.files {
            if file == fault.file { #expect(text.contains(fault.replace), "the test replaces something") }
            try folder.write(file, file == fault.file ? text.replacingOccurrences(of: fault.replace, with: fault.by) : text)
        }
        do throws(CatalogueErrors) {
            _ = try CatalogueLoader().load(folder.path)
            Issue.record("nothing was found")
        } catch {
            let hit = error.errors.contains { $0.file == fault.file && $0.line == fault.line && $0.field == fault.field && $0.message.contains(fault.says) }
            #expect(hit, "found \(error)")
        }
    }

    @Test("what no usage can be: as it is said, and generous where nothing is; the first rules know of none")
    func bounds() throws {
        func specifications(_ types: String, _ rest: String = "") throws -> [String: [Int64]] {
            let folder = try Scratch()
            defer { folder.remove() }
            for (file, text) in Self.files {
                try folder.write(file, file == "settings.yaml" ? text.replacingOccurrences(of: "{voice: s, sms: event, data: B}", with: types) + rest : text)
            }
            let content = try CatalogueLoader().load(folder.path)
            return Dictionary(uniqueKeysWithValues: content.usageSpecifications.map { ($0.type, [$0.mostMicros, $0.aheadMs]) })
        }
        let (day, twoYears): (Int64, Int64) = (86_400_000, 731 * 86_400_000)
        #expect(
            try specifications("{voice: s, sms: event, data: B, pay: amount}")
                == ["voice": [7 * day * 1000, twoYears], "sms": [1_000_000_000_000, twoYears], "data": [1_000_000_000_000_000_000, twoYears], "pay": [0, twoYears]])
        #expect(
            try specifications("{voice: {unit: s, longest: 24h, ahead: 1d}, sms: {unit: event, largest: none, ahead: none}, data: {unit: B, largest: 200 GB}}")
                == ["voice": [day * 1000, day], "sms": [0, 0], "data": [200_000_000_000_000_000, twoYears]])
        #expect(
            try specifications("{voice: {unit: s, longest: 24h}, sms: event, data: B}", "rules: 1\n")
                == ["voice": [day * 1000, 0], "sms": [0, 0], "data": [0, 0]])
    }

    @Test("an allowance, its limit and cap, and a step can be of more than 64 bits of millionths, by the second rules")
    func wideQuantities() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in Self.files {
            try folder.write(
                file,
                text.replacingOccurrences(
                    of: "{id: m, type: voice, amount: 5 min}",
                    with: "{id: d, type: data, amount: 10 TB, of: account, limit: 9.5 TB, rollover: {periods: 1, cap: 30 TB}}"
                ).replacingOccurrences(
                    of: "steps: [{increment: 1 event, price: \"1\"}]}",
                    with: "steps: [{price: \"1\"}]}\n      - {id: d, type: data, count: period, steps: [{price: \"1\", per: 1 GB}, {from: 12 TB, price: \"0.5\", per: 1 GB}]}"))
        }
        let version = try CatalogueLoader().load(folder.path).offerings[0].versions[0]
        let allowance = version.allowances[0]
        #expect(allowance.quantity == 10_000_000_000_000_000_000 && allowance.amountMicros == .max)
        #expect(allowance.wholeLimit == 9_500_000_000_000_000_000 && allowance.rollover.wholeCap == 30_000_000_000_000_000_000)
        #expect(version.prices.last?.steps.last?.from == 12_000_000_000_000_000_000)
        try folder.write("settings.yaml", Self.files[0].1 + "rules: 1\n")
        do throws(CatalogueErrors) {
            _ = try CatalogueLoader().load(folder.path)
            Issue.record("nothing was found")
        } catch {
            let fields = error.errors.filter { $0.message.contains("first version of the rules") }.map(\.field)
            #expect(fields.count == 4 && fields.contains("versions[0].allowances[0].amount"), "\(error)")
        }
    }

    @Test("policies and minimum spend: as they are said, and usage is suspended and fees are billed where nothing is said")
    func policies() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in Self.files {
            let said = "    usage_when: {suspended: reject, ended: bill}\n    fees_when_suspended: none\n    minimum_spend: 20.50\n    recurring: []"
            try folder.write(file, text.replacingOccurrences(of: "    recurring: []", with: said))
        }
        let versions = try CatalogueLoader().load(folder.path).offerings[0].versions
        #expect(versions.map(\.whenSuspended) == [.reject, .suspend] && versions.map(\.whenEnded) == [.bill, .suspend])
        #expect(versions.map(\.noFeesWhenSuspended) == [true, false] && versions.map(\.minimumSpendNanos) == [20_500_000_000, 0])
    }

    @Test("without a fault it loads; with several, all are told")
    func all() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in Self.files { try folder.write(file, text) }
        let content = try CatalogueLoader().load(folder.path)
        #expect(content.offerings[0].versions.count == 2)
        #expect(content.offerings[0].versions[0].prices[2].steps[0].pricePerMicros == 1_000_000)
        try folder.write("zones.yaml", "- {id: home, prefixes: [4a, \"b c\"]}\n")
        try folder.write("issuers.yaml", "- {id: i}\n")
        do throws(CatalogueErrors) {
            _ = try CatalogueLoader().load(folder.path)
        } catch {
            #expect(error.errors.map(\.field) == ["[0].name", "[0].series", "[0].prefixes[0]", "[0].prefixes[1]"], "\(error)")
        }
    }
}

/// A folder of its own, below the temporary one.
struct Scratch {
    let path = FileManager.default.temporaryDirectory.path + "/catalogue-" + UUID().uuidString

    init() throws {
        for folder in ["offerings", "sources"] {
            try FileManager.default.createDirectory(atPath: path + "/" + folder, withIntermediateDirectories: true)
        }
    }

    func write(_ file: String, _ text: String) throws { try text.write(toFile: path + "/" + file, atomically: true, encoding: .utf8) }
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
