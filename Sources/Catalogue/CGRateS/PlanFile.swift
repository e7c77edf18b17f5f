import Foundation

/// The files of a tariff plan, in the order in which they refer to each other. CGRateS goes by a column's place, never by its name:
/// the header is a comment.
enum PlanFile: String, CaseIterable {
    case timings = "Timings.csv"
    case destinations = "Destinations.csv"
    case rates = "Rates.csv"
    case destinationRates = "DestinationRates.csv"
    case ratingPlans = "RatingPlans.csv"
    case ratingProfiles = "RatingProfiles.csv"

    var columns: [String] {
        switch self {
        case .timings: ["Tag", "Years", "Months", "MonthDays", "WeekDays", "Time"]
        case .destinations: ["Id", "Prefix"]
        case .rates: ["Id", "ConnectFee", "Rate", "RateUnit", "RateIncrement", "GroupIntervalStart"]
        case .destinationRates: ["Id", "DestinationId", "RatesTag", "RoundingMethod", "RoundingDecimals", "MaxCost", "MaxCostStrategy"]
        case .ratingPlans: ["Id", "DestinationRatesId", "TimingTag", "Weight"]
        case .ratingProfiles: ["Tenant", "Category", "Subject", "ActivationTime", "RatingPlanId", "RatesFallbackSubject"]
        }
    }

    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The lines with data; none where the file is absent.
    func rows(in directory: String, _ findings: ImportFindings) -> [PlanRow] {
        guard let data = FileManager.default.contents(atPath: directory + "/" + rawValue) else { return [] }
        guard String(validating: data, as: UTF8.self) != nil else {
            findings.errors.add(rawValue, 0, "", "expected UTF-8")
            return []
        }
        var rows: [PlanRow] = []
        for record in RecordReader.records(Array(data)) {
            guard var values = record.fields else {
                findings.errors.add(rawValue, record.line, "", "a quote is opened here, and never closed")
                continue
            }
            // What spreadsheets append is no data.
            while values.count > columns.count, values.last == "" { values.removeLast() }
            guard values.count == columns.count else {
                let expected = "expected \(columns.count) fields (\(columns.joined(separator: ", ")))"
                findings.errors.add(rawValue, record.line, "", "\(expected), found \(values.count)")
                continue
            }
            let row = PlanRow(file: self, line: record.line, values: values)
            if row[columns[0]].isEmpty { findings.fail(row, columns[0], "is empty") } else { rows.append(row) }
        }
        return rows
    }
}

/// A line of a tariff plan.
struct PlanRow {
    let file: PlanFile
    /// 1 is the first.
    let line: Int
    let values: [String]

    subscript(column: String) -> String {
        guard let place = file.columns.firstIndex(of: column) else { preconditionFailure("\(file.rawValue) has no column \(column)") }
        return values[place]
    }

    /// The number in `column`; zero where it is empty, and where it is none, which is noted as a fault.
    func decimal(_ column: String, _ findings: ImportFindings) -> ExactDecimal {
        let text = self[column]
        if text.isEmpty { return .zero }
        if let value = ExactDecimal(text) { return value }
        findings.fail(self, column, "expected a number such as 0.05, found \"\(text)\"")
        return .zero
    }

    /// An amount, which a catalogue has with at most nine decimals.
    func amount(_ column: String, _ findings: ImportFindings) -> ExactDecimal {
        let value = decimal(column, findings)
        if value.decimals > 9 { findings.fail(self, column, "expected at most 9 decimals, found \"\(self[column])\"") }
        checkSize(value, column, findings)
        return value
    }

    /// Amounts are 64 bits of nanos in a catalogue.
    func checkSize(_ value: ExactDecimal, _ column: String, _ findings: ImportFindings) {
        if value > .largest { findings.fail(self, column, "expected at most \(ExactDecimal.largest.text), found \"\(self[column])\"") }
    }
}
