import Foundation

/// The files of a CGRateS tariff plan as lines, simply written: no quotes, one header each.
struct PlanText: CustomStringConvertible {
    static let headers = [
        ("Timings.csv", "#Tag,Years,Months,MonthDays,WeekDays,Time"),
        ("Destinations.csv", "#Id,Prefix"),
        ("Rates.csv", "#Id,ConnectFee,Rate,RateUnit,RateIncrement,GroupIntervalStart"),
        ("DestinationRates.csv", "#Id,DestinationId,RatesTag,RoundingMethod,RoundingDecimals,MaxCost,MaxCostStrategy"),
        ("RatingPlans.csv", "#Id,DestinationRatesId,TimingTag,Weight"),
        ("RatingProfiles.csv", "#Tenant,Category,Subject,ActivationTime,RatingPlanId,RatesFallbackSubject"),
    ]

    /// By file; the first is line 2.
    var lines: [String: [String]] = [:]

    /// What `file` holds, with the numbers of its lines.
    func rows(_ file: String) -> [(line: Int, fields: [String])] {
        (lines[file] ?? []).enumerated().compactMap { place, line in
            line.isEmpty || line.hasPrefix("#") ? nil : (place + 2, line.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        }
    }

    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (file, header) in Self.headers {
            let text = ([header] + (lines[file] ?? [])).joined(separator: "\n") + "\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
        }
    }

    /// The files in `folder`, without their first lines.
    init(folder: String) {
        for (file, _) in Self.headers {
            guard let data = FileManager.default.contents(atPath: folder + "/" + file) else { continue }
            lines[file] = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropFirst().map(String.init)
        }
    }

    init() {}

    var description: String {
        Self.headers.compactMap { file, _ in lines[file].map { "--- \(file)\n" + $0.joined(separator: "\n") } }.joined(separator: "\n")
    }
}
