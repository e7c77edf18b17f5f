import Events
import Foundation
import Quantities
import Yams

/// Reads the files of one catalogue, one after the other: what later ones name, earlier ones must have defined.
struct SourceReader {
    let directory: String
    let loader: CatalogueLoader
    let errors: ErrorCollector
    var content = CatalogueContent()
    /// Units by usage type.
    var units: [String: UsageUnit] = [:]
    var zoneIDs: Set<String> = []
    var networkIDs: Set<String> = []
    var timeBandIDs: Set<String> = []
    /// Which zone a prefix is in, and whether others may have it, too: the order of an offering's prices decides between them.
    private var prefixZones: [String: (id: String, shares: Bool)] = [:]
    /// Where the prices of each offering's versions stand.
    var pricePlaces = PricePlaces()
    /// By the zones of the offering; known once zones and calendars are.
    private var coverages: [[String]: PriceCoverage] = [:]
    private(set) var zoneFields: [Field] = []
    /// The zone in which plain dates begin.
    var dateZone = ZoneRules.utc

    init(directory: String, loader: CatalogueLoader, errors: ErrorCollector) {
        self.directory = directory
        self.loader = loader
        self.errors = errors
    }

    mutating func read() -> CatalogueContent {
        guard isFolderThere else {
            errors.add("", 0, "", "there is no such folder")
            return content
        }
        checkNames()
        // Everything else goes by the settings: without them nothing more can be said of it.
        guard let settings = root("settings.yaml", isRequired: true) else { return content }
        readSettings(settings)
        if let zones = root("zones.yaml", isRequired: false) {
            zoneFields = zones.items
            for zone in zoneFields { readZone(zone) }
            checkZonesAround()
        }
        if let issuers = root("issuers.yaml", isRequired: true) { for issuer in issuers.items { readIssuer(issuer) } }
        if let networks = root("networks.yaml", isRequired: false) { for network in networks.items { readNetwork(network) } }
        if let calendars = root("calendars.yaml", isRequired: false) { readCalendars(calendars) }
        for file in files(in: "offerings") { readOfferingFile(file) }
        if isBySpecificZone { checkSplits() }
        if let profiles = root("profiles.yaml", isRequired: false) { readProfiles(profiles) }
        for file in files(in: "sources") { if let source = root(file, isRequired: true) { readSource(source) } }
        if content.offerings.isEmpty, errors.errors.isEmpty { errors.add("offerings", 0, "", "expected at least one offering") }
        return content
    }

    /// The kinds of late facts that are carried out by themselves; one that is not named waits for a person.
    private func lateFacts(_ field: Field) -> [LateFactKind] {
        let kinds: KeyValuePairs<String, LateFactKind> = [
            "plan": .plan, "end": .end, "suspension": .suspension, "favourites": .favourites, "purchase": .purchase, "rollover": .rollover, "holder": .holder,
        ]
        field.expectKeys(["plan", "end", "suspension", "favourites", "purchase", "rollover", "holder"])
        return kinds.compactMap { field.choice($0.key, ["apply": true, "propose": false], false) ? $0.value : nil }
    }

    // MARK: Settings, zones, issuers

    private mutating func readSettings(_ root: Field) {
        root.expectKeys(["name", "grace", "late_periods", "time_zones", "usage_types", "prepaid", "rules", "late_facts"])
        content.name = root.text("name")
        content.rulesVersion = UInt32(root.optional("rules")?.whole(1...2) ?? 2)
        if let grace = root.required("grace") { content.graceMs = duration(grace, upTo: 366 * Timestamp.msPerDay) }
        if let late = root.required("late_periods") { content.latePeriods = UInt32(late.whole(0...120)) }
        if let late = root.optional("late_facts") { content.lateFactsApplied = lateFacts(late) }
        if let prepaid = root.optional("prepaid") {
            prepaid.expectKeys(["grace"])
            if let grace = prepaid.required("grace") { content.prepaidGraceMs = duration(grace, upTo: 3660 * Timestamp.msPerDay) }
        }
        for zone in root.required("time_zones")?.items ?? [] { readTimeZone(zone) }
        if let first = content.timeZones.first {
            dateZone = ZoneRules(id: first.id, transitions: first.transitionMs, offsets: first.offsetSeconds) ?? .utc
        } else if root.optional("time_zones") != nil {
            root.fail("expected at least one time zone")
        }
        for (type, field) in root.required("usage_types")?.entries ?? [] {
            guard let specification = readUsageType(type, field) else { continue }
            units[type] = specification.unit
            content.usageSpecifications.append(specification)
        }
    }

    private mutating func readTimeZone(_ field: Field) {
        let id = field.text
        guard !content.timeZones.contains(where: { $0.id == id }) else { return field.fail("time zone \(id) comes twice") }
        let isPlain = !id.isEmpty && !id.hasPrefix("/") && !id.contains("..")
        guard isPlain, let data = FileManager.default.contents(atPath: loader.zoneInfo + "/" + id),
            let rules = TimeZoneFile.parse(Array(data), id: id)
        else { return field.fail("expected an IANA time zone that \(loader.zoneInfo) has, found \"\(id)\"") }
        var table = TimeZoneTable()
        table.id = id
        table.transitionMs = rules.table.transitions
        table.offsetSeconds = rules.table.offsets
        content.timeZones.append(table)
    }

    private mutating func readZone(_ field: Field) {
        field.expectKeys(["id", "name", "prefixes", "shares_prefixes", "within", "country", "premium"])
        var zone = Zone()
        zone.id = field.text("id")
        zone.name = field.optionalText("name")
        zone.country = field.choice("country", ["home": .home, "abroad": .abroad], .unspecified)
        if let premium = field.optional("premium") { zone.premium = premium.flag }
        zone.within = field.texts("within")
        let shares = field.optional("shares_prefixes")?.flag ?? false
        if !zoneIDs.insert(zone.id).inserted { field.fail("zone \(zone.id) comes twice") }
        for prefix in field.required("prefixes")?.items ?? [] {
            // Numbers are compared without the plus sign, too.
            let text = prefix.text.hasPrefix("+") ? String(prefix.text.dropFirst()) : prefix.text
            let isNumber = text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
            let isWord = text.utf8.count <= 32 && text.utf8.allSatisfy { $0 > 32 && $0 <= 126 } && !text.utf8.prefix(1).allSatisfy { $0 >= 48 && $0 <= 57 }
            if !isNumber, !isWord {
                prefix.fail("expected the digits of an E.164 prefix, or a word that begins with a letter, found \"\(prefix.text)\"")
            }
            if let other = prefixZones[text] {
                if other.id == zone.id {
                    prefix.fail("prefix \(text) comes twice")
                } else if !(other.shares && shares) {
                    prefix.fail("prefix \(text) is in zone \(other.id) already; where both are meant, say shares_prefixes: true in each")
                }
            }
            prefixZones[text] = (zone.id, shares)
            zone.prefixes.append(text)
        }
        content.zones.append(zone)
    }

    /// Whether the most specific zone of an offering's decides, for prices, allowances and discounts alike.
    var isBySpecificZone: Bool { content.rulesVersion >= 2 }

    /// What prices of an offering with these zones leave to one another.
    mutating func coverage(of deck: [String]) -> PriceCoverage {
        if let known = coverages[deck] { return known }
        let coverage = PriceCoverage(content, deck: deck)
        coverages[deck] = coverage
        return coverage
    }

    private mutating func readIssuer(_ field: Field) {
        field.expectKeys(["id", "name", "series", "number_prefix", "number_digits", "taxes"])
        var issuer = Issuer()
        issuer.id = field.text("id")
        issuer.name = field.text("name")
        issuer.series = field.text("series")
        issuer.numberPrefix = field.optionalText("number_prefix")
        issuer.numberDigits = UInt32(field.optional("number_digits")?.whole(1...18) ?? 6)
        if content.issuers.contains(where: { $0.id == issuer.id }) { field.fail("issuer \(issuer.id) comes twice") }
        for tax in field.items("taxes") {
            tax.expectKeys(["category", "percent"])
            var rate = TaxRate()
            rate.category = tax.text("category")
            rate.percentMicros = tax.required("percent")?.decimal(6, "a percentage such as \"21\"") ?? 0
            if rate.percentMicros < 0 || rate.percentMicros > 1_000_000_000 { tax.fail("expected 0 to 1000 percent") }
            if issuer.taxes.contains(where: { $0.category == rate.category }) { tax.fail("category \(rate.category) comes twice") }
            issuer.taxes.append(rate)
        }
        content.issuers.append(issuer)
    }

    func duration(_ field: Field, upTo limit: Int64) -> Int64 {
        guard let ms = QuantityText.parseDuration(field.text), ms <= limit else {
            field.fail("expected a time span such as 72h or 3d, found \"\(field.text)\"")
            return 0
        }
        return ms
    }

    /// A point in time, RFC 3339 or a date.
    func time(_ field: Field) -> Int64 {
        let text = field.text
        if let time = Timestamp(rfc3339: text) { return time.ms }
        let parts = text.split(separator: "-").map { Int($0) ?? -1 }
        if parts.count == 3, text.utf8.count == 10, let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]) {
            return dateZone.startOfDay(date).ms
        }
        field.fail("expected a date such as 2026-01-01, or RFC 3339, found \"\(text)\"")
        return 0
    }
}

extension YamlError {
    var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 0
        }
    }

    var problem: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _): "the key \(duplicates.joined(separator: ", ")) comes twice"
        default: "\(self)"
        }
    }
}
