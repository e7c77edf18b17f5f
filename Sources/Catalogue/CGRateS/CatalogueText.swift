import Quantities

/// Writes a tariff plan as the files of a catalogue.
struct CatalogueText {
    let name: String
    let currency: String
    let timeZone: String
    let plan: TariffPlan
    let findings: ImportFindings

    /// From when on what holds for all time does.
    static let beginning = Timestamp(rfc3339: "1900-01-01T00:00:00Z") ?? Timestamp(ms: 0)

    /// Units as a bare number.
    static func units(_ micros: Int64) -> String { DecimalText.format(Int128(micros), decimals: 6) }

    var files: [(path: String, text: String)] {
        var files = [("settings.yaml", settings), ("issuers.yaml", issuers)]
        if !plan.entries.isEmpty { files.append(("zones.yaml", zones)) }
        if !timeBands.isEmpty { files.append(("calendars.yaml", "time_bands:\n" + timeBands)) }
        if !plan.profiles.isEmpty { files.append(("profiles.yaml", profiles)) }
        var taken: Set<String> = []
        for offering in plan.offerings { files.append((Self.path(offering.id, &taken), text(offering))) }
        return files
    }

    private var settings: String {
        """
        # From the CGRateS tariff plan \(YAMLText.quoted(name)).
        name: \(YAMLText.scalar(name))
        grace: 24h
        late_periods: 2
        time_zones: [\(YAMLText.scalar(timeZone))]
        usage_types: {voice: s, data: B, sms: event, generic: event}

        """
    }

    private var issuers: String {
        """
        # A tariff plan does not say who bills.
        - id: imported
          name: \(YAMLText.scalar(name))
          series: imported
          number_prefix: ""
          number_digits: 6
          taxes: [{category: standard, percent: "0"}]

        """
    }

    private var zones: String {
        let uses = plan.entries.reduce(into: [String: Int]()) { uses, zone in for prefix in zone.prefixes { uses[prefix, default: 0] += 1 } }
        return plan.entries.map { zone in
            let prefixes = zone.prefixes.map(YAMLText.quoted)
            let lines = stride(from: 0, to: prefixes.count, by: 16).map { prefixes[$0..<min($0 + 16, prefixes.count)].joined(separator: ", ") }
            let isShared = zone.prefixes.contains { uses[$0, default: 0] > 1 }
            let shares = isShared ? ", shares_prefixes: true" : ""
            let name = zone.id == zone.destination ? "" : ", name: \(YAMLText.scalar(zone.destination))"
            return "- {id: \(YAMLText.scalar(zone.id))\(name)\(shares), prefixes: [\(lines.joined(separator: ",\n    "))]}\n"
        }.joined()
    }

    private var timeBands: String {
        plan.timings.filter(\.isTimeBand).map { timing in
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            var text = "  - id: \(YAMLText.scalar(timing.id))\n"
            for (key, numbers) in [("years", timing.years), ("months", timing.months), ("month_days", timing.monthDays)] where !numbers.isEmpty {
                text += "    \(key): [\(numbers.map(String.init).joined(separator: ", "))]\n"
            }
            if !timing.weekdays.isEmpty { text += "    weekdays: [\(timing.weekdays.map { days[$0 - 1] }.joined(separator: ", "))]\n" }
            if timing.startSeconds != 0 { text += "    from: \"\(Self.timeOfDay(timing.startSeconds))\"\n" }
            return text
        }.joined()
    }

    private static func timeOfDay(_ seconds: Int) -> String {
        let parts = [seconds / 3600, seconds / 60 % 60] + (seconds % 60 == 0 ? [] : [seconds % 60])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    private var profiles: String {
        plan.profiles.map { profile in
            var text = "- category: \(YAMLText.scalar(profile.category))\n"
            text += "  subject: \(YAMLText.scalar(profile.subject))\n"
            text += "  valid_from: \(profile.validFrom)\n"
            text += "  offering: \(YAMLText.scalar(profile.offering))\n"
            if !profile.fallback.isEmpty { text += "  fallback: \(YAMLText.list(profile.fallback))\n" }
            return text
        }.joined()
    }

    /// A name that every file system takes; ids that differ only in what it can't say are numbered.
    private static func path(_ id: String, _ taken: inout Set<String>) -> String {
        var name = String(id.unicodeScalars.map { scalar -> Character in
            let isSafe = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "_-.".unicodeScalars.contains(scalar))
            return isSafe ? Character(scalar) : "_"
        }.prefix(100))
        if name.hasPrefix(".") { name = "_" + name.dropFirst() }
        let base = name
        var copy = 1
        while !taken.insert(name.lowercased()).inserted {
            copy += 1
            name = "\(base)-\(copy)"
        }
        return "offerings/\(name).yaml"
    }
}
