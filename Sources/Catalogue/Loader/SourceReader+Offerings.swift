import Events
import Foundation
import Quantities
import Yams

extension SourceReader {
    /// One offering, or one for each row of the table that the file names.
    mutating func readOfferingFile(_ file: String) {
        guard let root = root(file, isRequired: true) else { return }
        guard let table = root.optional("table") else { return readOffering(root) }
        guard let path = loader.tables[table.text] else {
            return table.fail("no table \"\(table.text)\" was given")
        }
        guard let data = FileManager.default.contents(atPath: path), let rows = TableText.rows(String(decoding: data, as: UTF8.self)) else {
            return table.fail("\(path) can't be read as CSV with a header")
        }
        for row in rows {
            var pattern = root
            pattern.row = row
            readOffering(pattern)
        }
    }

    private mutating func readOffering(_ root: Field) {
        root.expectKeys(["table", "id", "name", "currency", "versions"])
        var offering = Offering()
        offering.id = root.text("id")
        offering.name = root.text("name")
        offering.currency = root.text("currency")
        if Currency(offering.currency) == nil { root.optional("currency")?.fail("expected an ISO 4217 code, found \"\(offering.currency)\"") }
        if content.offerings.contains(where: { $0.id == offering.id }) { root.fail("offering \(offering.id) comes twice") }
        for version in root.required("versions")?.items ?? [] {
            let read = readVersion(version)
            if let last = offering.versions.last, read.validFromMs <= last.validFromMs {
                version.fail("versions stand in order of valid_from; this one is not after the one before")
            }
            offering.versions.append(read)
        }
        if offering.versions.isEmpty { root.optional("versions")?.fail("expected at least one version") }
        content.offerings.append(offering)
    }

    private func readVersion(_ field: Field) -> OfferingVersion {
        field.expectKeys(["valid_from", "recurring", "allowances", "prices"])
        var version = OfferingVersion()
        if let from = field.required("valid_from") { version.validFromMs = time(from) }
        for recurring in field.items("recurring") {
            recurring.expectKeys(["id", "name", "amount", "only_with_usage"])
            var price = RecurringPrice()
            price.id = recurring.text("id")
            price.name = recurring.optionalText("name")
            price.amountNanos = recurring.required("amount")?.amountNanos ?? 0
            price.onlyWithUsage = recurring.optional("only_with_usage")?.flag ?? false
            if version.recurring.contains(where: { $0.id == price.id }) { recurring.fail("recurring price \(price.id) comes twice") }
            version.recurring.append(price)
        }
        for field in field.items("prices") {
            let price = readPrice(field)
            if version.prices.contains(where: { $0.id == price.id }) { field.fail("price \(price.id) comes twice") }
            if let first = version.prices.first(where: { $0.type == price.type && Self.covers($0.zones, price.zones) }) {
                field.fail("no usage can reach it: price \(first.id) before it is for the same type and zones")
            }
            version.prices.append(price)
        }
        for field in field.items("allowances") {
            let allowance = readAllowance(field)
            if version.allowances.contains(where: { $0.id == allowance.id }) { field.fail("allowance \(allowance.id) comes twice") }
            if !version.prices.contains(where: { $0.type == allowance.type }) {
                field.fail("no price is for type \(allowance.type): what the allowance does not cover could not be priced")
            }
            version.allowances.append(allowance)
        }
        return version
    }

    /// Whether a price for `zones` takes all that one for `others` is for.
    private static func covers(_ zones: [String], _ others: [String]) -> Bool {
        zones.isEmpty || (!others.isEmpty && others.allSatisfy(zones.contains))
    }

    private func readAllowance(_ field: Field) -> Allowance {
        field.expectKeys(["id", "name", "type", "amount", "zones"])
        var allowance = Allowance()
        allowance.id = field.text("id")
        allowance.name = field.optionalText("name")
        allowance.type = usageType(field)
        allowance.zones = zones(field)
        if let amount = field.required("amount") { allowance.amountMicros = quantity(amount, of: allowance.type, from: 0) }
        return allowance
    }

    private func readPrice(_ field: Field) -> UsagePrice {
        field.expectKeys(["id", "name", "type", "zones", "count", "connection_fee", "steps"])
        var price = UsagePrice()
        price.id = field.text("id")
        price.name = field.optionalText("name")
        price.type = usageType(field)
        price.zones = zones(field)
        switch field.optional("count")?.text ?? "event" {
        case "event": price.scope = .event
        case "period": price.scope = .period
        case let other: field.optional("count")?.fail("expected event or period, found \"\(other)\"")
        }
        if let fee = field.optional("connection_fee") {
            price.connectionFeeNanos = fee.amountNanos
            if price.scope == .period, price.connectionFeeNanos != 0 { fee.fail("a price over the period has no connection fee") }
        }
        for step in field.required("steps")?.items ?? [] { readStep(step, of: &price) }
        if price.steps.isEmpty { field.optional("steps")?.fail("expected at least one step") }
        return price
    }

    private func readStep(_ field: Field, of price: inout UsagePrice) {
        field.expectKeys(["from", "increment", "price", "per"])
        var step = RateStep()
        step.fromMicros = field.optional("from").map { quantity($0, of: price.type, from: 0) } ?? 0
        step.incrementMicros = field.required("increment").map { quantity($0, of: price.type, from: 1) } ?? 1
        step.priceNanos = field.required("price")?.amountNanos ?? 0
        step.pricePerMicros = field.optional("per").map { quantity($0, of: price.type, from: 1) } ?? step.incrementMicros
        if let last = price.steps.last {
            if step.fromMicros <= last.fromMicros {
                field.fail("steps stand in order of from; this one is not after the one before")
            } else if (step.fromMicros - last.fromMicros) % last.incrementMicros != 0 {
                field.fail("the step before has no whole number of increments up to here")
            }
        } else if step.fromMicros != 0 {
            field.fail("the first step is from 0")
        }
        price.steps.append(step)
    }

    private func usageType(_ field: Field) -> String {
        let type = field.text("type")
        if units[type] == nil, !type.isEmpty {
            field.optional("type")?.fail("unknown usage type \"\(type)\"; the settings have \(units.keys.sorted().joined(separator: ", "))")
        }
        return type
    }

    private func zones(_ field: Field) -> [String] {
        field.items("zones").map { zone in
            if !zoneIDs.contains(zone.text) { zone.fail("zones.yaml has no zone \"\(zone.text)\"") }
            return zone.text
        }
    }

    /// A quantity in the unit of `type`, at least `least` millionths.
    private func quantity(_ field: Field, of type: String, from least: Int64) -> Int64 {
        let symbols = QuantityText.units.filter { $0.unit == units[type] }.map(\.symbol).joined(separator: ", ")
        guard let quantity = QuantityText.parse(field.text), quantity.micros >= least, units[type] == nil || quantity.unit == units[type] else {
            field.fail("expected a quantity in \(symbols.isEmpty ? "a unit" : symbols), such as \"60 s\" or \"1 GiB\", found \"\(field.text)\"")
            return max(least, 1)
        }
        return quantity.micros
    }
}
