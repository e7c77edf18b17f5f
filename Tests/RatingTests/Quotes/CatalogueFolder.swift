import Catalogue
import Events
import Foundation
import Quantities
import Rating

/// A catalogue's text in a folder of its own, read as an operator's is.
struct CatalogueFolder {
    let path = FileManager.default.temporaryDirectory.path + "/rating-" + UUID().uuidString

    static let basics = [
        "settings.yaml":
            "name: test\ngrace: 1d\nlate_periods: 1\ntime_zones: [Europe/Prague, UTC, America/New_York, Australia/Lord_Howe]\n"
            + "usage_types: {voice: s, sms: event, data: B, generic: event}\n",
        "issuers.yaml": "- {id: i, name: I, series: i, taxes: []}\n",
    ]

    /// Content of the files; settings and an issuer are added where they are missing.
    static func content(_ files: [String: String]) throws -> CatalogueContent {
        let folder = CatalogueFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        for (file, text) in basics.merging(files, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            let url = URL(fileURLWithPath: folder.path + "/" + file)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return try CatalogueLoader().load(folder.path)
    }

    /// One offering with these prices, in YAML's flow style, one a line.
    static func content(prices: String..., calendars: String = "", zones: String = "", networks: String = "", allowances: String = "[]") throws -> CatalogueContent {
        try content(prices: prices, calendars: calendars, zones: zones, networks: networks, allowances: allowances)
    }

    /// - Parameters:
    ///   - deck: the zones of the offering; empty: all.
    ///   - rules: of rating; nil: the newest.
    static func content(
        prices: [String], calendars: String = "", zones: String = "", networks: String = "", allowances: String = "[]", deck: [String] = [], rules: Int? = nil
    ) throws -> CatalogueContent {
        var files = [
            "settings.yaml": (basics["settings.yaml"] ?? "") + (rules.map { "rules: \($0)\n" } ?? ""),
            "offerings/o.yaml":
                "id: o\nname: O\ncurrency: EUR\n\(deck.isEmpty ? "" : "zones: [\(deck.joined(separator: ", "))]\n")versions:\n  - valid_from: 2000-01-01\n    allowances: \(allowances)\n    prices:\n"
                + prices.map { "      - \($0)\n" }.joined()
        ]
        if !calendars.isEmpty { files["calendars.yaml"] = calendars }
        if !zones.isEmpty { files["zones.yaml"] = zones }
        if !networks.isEmpty { files["networks.yaml"] = networks }
        return try content(files)
    }
}

/// The zones that prices in YAML's flow style name: for an offering that has only those.
func zonesNamed(in prices: [String]) -> [String] {
    let named = prices.flatMap { price in
        price.components(separatedBy: "zones: [").dropFirst().flatMap { $0.prefix { $0 != "]" }.components(separatedBy: ", ") }
    }
    return Set(named).sorted()
}

extension Quoter {
    /// The cost as a plain decimal, or the reason why there is none.
    mutating func cost(
        _ quantity: String, _ type: String = "voice", to destination: String = "", at start: String = "2026-10-05T12:00:00Z",
        with change: (inout QuoteRequest) -> Void = { _ in }
    ) -> String {
        guard let micros = DecimalText.parse(quantity, decimals: 6), let time = Timestamp(rfc3339: start) else { return "unreadable" }
        var request = QuoteRequest(type: type, startMs: time.ms, quantityMicros: Int64(micros))
        request.destination = destination
        change(&request)
        do throws(NoQuote) {
            return DecimalText.format(Int128(try quote(request).costNanos), decimals: 9)
        } catch {
            return error.reason.rawValue
        }
    }
}
