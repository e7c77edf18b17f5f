import Foundation
import Quantities

/// Turns a CGRateS tariff plan, a folder of CSV files, into the text of a catalogue.
///
/// | CGRateS | here |
/// |---|---|
/// | destination | zone (without a leading `+`) |
/// | rating plan | offering with one version, valid for all time |
/// | rating plan line × destination rate line | price |
/// | timing | time band from its start to 24:00; a later start overrides it by the prices' order |
/// | rating profile | entry of `profiles.yaml` |
///
/// The rules are those of CGRateS 0.10 and 0.11: weight, then the latest start, decide between prices of one destination; a destination
/// none of whose prices holds at the start gives way to the next shorter prefix, and at last to `*any`. Durations are seconds; a bare
/// number is one unit of the usage's type, whatever that is. What was interpreted, and what CGRateS itself does otherwise than it says, is in the notes;
/// where a price would be another one, there is no catalogue but an error. None is written that the loader refuses.
public struct CGRateSImport: Sendable {
    /// Whose rating profiles are taken. Nil: the only one's that there is.
    public var tenant: String?
    /// CGRateS knows no currency: the one in which the plan's rates are meant. XXX: none.
    public var currency: String
    /// IANA name. Activation times without an offset are in it, and it becomes the catalogue's first time zone.
    public var timeZone: String
    /// Where compiled time zones are.
    public var zoneInfo = "/usr/share/zoneinfo"

    public init(tenant: String? = nil, currency: String = "XXX", timeZone: String = "UTC") {
        self.tenant = tenant
        self.currency = currency
        self.timeZone = timeZone
    }

    /// The catalogue of the plan in `directory`, or all that is wrong with the plan.
    public func run(_ directory: String) throws(CatalogueErrors) -> ImportedCatalogue {
        let findings = ImportFindings()
        var reader = TariffPlanReader(directory: directory, findings: findings, clock: zoneRules(findings))
        let plan = reader.read(tenant: tenant)
        let text = CatalogueText(name: Self.name(directory), currency: currency, timeZone: timeZone, plan: plan, findings: findings)
        let files = text.files
        if findings.errors.errors.isEmpty { CatalogueCheck(plan: plan, findings: findings, zoneInfo: zoneInfo).run(files) }
        let errors = findings.sortedErrors
        if !errors.isEmpty { throw CatalogueErrors(errors) }
        return ImportedCatalogue(files: files, notes: findings.sortedNotes)
    }

    private func zoneRules(_ findings: ImportFindings) -> ZoneRules {
        if timeZone == "UTC" { return .utc }
        let isPlain = !timeZone.isEmpty && !timeZone.hasPrefix("/") && !timeZone.contains("..")
        if isPlain, let data = FileManager.default.contents(atPath: zoneInfo + "/" + timeZone),
            let rules = TimeZoneFile.parse(Array(data), id: timeZone)
        {
            return rules
        }
        findings.errors.add("", 0, "the time zone", "expected an IANA time zone that \(zoneInfo) has, found \"\(timeZone)\"")
        return .utc
    }

    private static func name(_ directory: String) -> String {
        let name = URL(fileURLWithPath: directory).standardizedFileURL.lastPathComponent
        return name.isEmpty || name == "/" ? "imported" : name
    }
}

/// A catalogue's text, and what the import had to say about it.
public struct ImportedCatalogue: Sendable {
    /// Paths below the catalogue's folder, with their content; always in the same order.
    public let files: [(path: String, text: String)]
    /// In the order of files and lines.
    public let notes: [ImportNote]
}

/// Something that was not carried over, or only by an interpretation.
public struct ImportNote: Hashable, Sendable, CustomStringConvertible {
    /// A CSV file of the plan.
    public let file: String
    /// 1 is the first.
    public let line: Int
    public let what: String
    public let why: String

    public var description: String { "\(file):\(line): \(what): \(why)" }
}
