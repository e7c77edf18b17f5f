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
        root.expectKeys(["table", "id", "name", "status", "kind", "currency", "zones", "versions"])
        var offering = Offering()
        offering.id = root.text("id")
        offering.name = root.text("name")
        offering.status = root.choice("status", OfferingStatus.texts, .launched)
        offering.kind = root.choice("kind", ["plan": OfferingKind.plan, "addon": .addon], .plan)
        offering.currency = root.text("currency")
        if Currency(offering.currency) == nil { root.optional("currency")?.fail("expected an ISO 4217 code, found \"\(offering.currency)\"") }
        if content.offerings.contains(where: { $0.id == offering.id }) { root.fail("offering \(offering.id) comes twice") }
        offering.deck = readDeck(root, of: offering.kind)
        let coverage = coverage(of: offering.deck)
        for version in root.required("versions")?.items ?? [] {
            let read = readVersion(version, of: offering.kind, coverage)
            if let last = offering.versions.last, read.validFromMs <= last.validFromMs {
                version.fail("versions stand in order of valid_from; this one is not after the one before")
            }
            checkAllowances(of: read, against: offering.versions, version)
            offering.versions.append(read)
            pricePlaces.add(version, of: offering.id)
        }
        if offering.versions.isEmpty { root.optional("versions")?.fail("expected at least one version") }
        content.offerings.append(offering)
    }

    private func readVersion(_ field: Field, of kind: OfferingKind, _ coverage: PriceCoverage) -> OfferingVersion {
        field.expectKeys([
            "valid_from", "for", "notice", "usage_when", "fees_when_suspended", "minimum_spend", "recurring", "allowances", "prices",
            "discounts", "one_time",
        ])
        var version = OfferingVersion()
        if let from = field.required("valid_from") { version.validFromMs = time(from) }
        version.reach = field.choice("for", ["everyone": .everyone, "new-sales": .newSales], .everyone)
        if let notice = field.optional("notice") {
            version.noticeMs = duration(notice, upTo: 3660 * Timestamp.msPerDay)
            if version.reach == .newSales { notice.fail("a version for new sales changes nothing for those who are subscribed: it needs no notice") }
        }
        readPolicies(field, into: &version)
        for key in ["usage_when", "fees_when_suspended", "minimum_spend"] where kind == .addon {
            field.optional(key)?.fail("is for a plan: an add-on is bought beside one")
        }
        for recurring in field.items("recurring") {
            recurring.expectKeys(["id", "name", "amount", "only_with_usage"])
            var price = RecurringPrice()
            price.id = recurring.text("id")
            price.name = recurring.optionalText("name")
            price.amountNanos = recurring.required("amount")?.amountNanos ?? 0
            price.onlyWithUsage = recurring.optional("only_with_usage")?.flag ?? false
            if price.id == RecurringCharge.minimumSpend { recurring.fail("\(price.id) is what minimum_spend charges: give the price another id") }
            if version.recurring.contains(where: { $0.id == price.id }) { recurring.fail("recurring price \(price.id) comes twice") }
            version.recurring.append(price)
        }
        readOneTime(field, of: kind, &version)
        readPrices(field.items("prices"), into: &version, coverage)
        for field in field.items("allowances") {
            let allowance = readAllowance(field, of: kind)
            if version.allowances.contains(where: { $0.id == allowance.id }) { field.fail("allowance \(allowance.id) comes twice") }
            if kind == .plan, !allowance.type.isEmpty, !version.prices.contains(where: { $0.type == allowance.type || $0.type.isEmpty }) {
                field.fail("no price is for type \(allowance.type): what the allowance does not cover could not be priced")
            }
            version.allowances.append(allowance)
        }
        for field in field.items("discounts") { version.discounts.append(readDiscount(field, of: version)) }
        if let deck = coverage.deck { checkZones(of: version, in: deck, field) }
        return version
    }

    private func readPrices(_ fields: [Field], into version: inout OfferingVersion, _ coverage: PriceCoverage) {
        for field in fields {
            let price = readPrice(field)
            if version.prices.contains(where: { $0.id == price.id }) { field.fail("price \(price.id) comes twice") }
            version.prices.append(price)
        }
        for (place, covering) in coverage.unreachable(version.prices) {
            let ids = covering.map(\.id).joined(separator: ", ")
            let who = covering.count == 1 ? "price \(ids) before it is" : "prices \(ids) before it are"
            fields[place].fail("no usage can reach it: \(who) for all that this one is for")
        }
    }

    /// What becomes of usage and fees of suspended and ended subscriptions, and the minimum spend.
    private func readPolicies(_ field: Field, into version: inout OfferingVersion) {
        if let policies = field.optional("usage_when") {
            policies.expectKeys(["suspended", "ended"])
            let words: KeyValuePairs<String, UsagePolicy> = ["bill": .bill, "suspend": .suspend, "reject": .reject]
            version.whenSuspended = policies.choice("suspended", words, .suspend)
            version.whenEnded = policies.choice("ended", words, .suspend)
        }
        version.noFeesWhenSuspended = field.choice("fees_when_suspended", ["bill": false, "none": true], false)
        if let minimum = field.optional("minimum_spend") {
            version.minimumSpendNanos = minimum.amountNanos
            // Far above any contract, and far below what counters hold.
            if !(1...1_000_000_000_000_000_000).contains(version.minimumSpendNanos) {
                minimum.fail("expected an amount above zero and at most 1000000000, found \"\(minimum.text)\"")
            }
        }
    }

    /// Only what is bought has a price that is due once; and it is bought beside a plan, which has all other prices.
    private func readOneTime(_ field: Field, of kind: OfferingKind, _ version: inout OfferingVersion) {
        for other in kind == .addon ? ["recurring", "prices"] : ["one_time"] {
            let fault = kind == .addon ? "an add-on has one-time prices and allowances, and no \(other)" : "only an add-on is bought: say kind: addon"
            field.optional(other)?.fail(fault)
        }
        for item in field.items("one_time") {
            item.expectKeys(["id", "name", "amount"])
            var price = OneTimePrice()
            price.id = item.text("id")
            price.name = item.optionalText("name")
            price.amountNanos = item.required("amount")?.amountNanos ?? 0
            if price.amountNanos < 0 { item.optional("amount")?.fail("expected an amount not below zero") }
            if version.oneTime.contains(where: { $0.id == price.id }) { item.fail("one-time price \(price.id) comes twice") }
            version.oneTime.append(price)
        }
    }

    /// An allowance keeps its counter from version to version: it can't count something else all of a sudden.
    private func checkAllowances(of version: OfferingVersion, against versions: [OfferingVersion], _ field: Field) {
        for allowance in version.allowances {
            guard let before = versions.last?.allowances.first(where: { $0.id == allowance.id }) else { continue }
            let isSame =
                units[before.type] == units[allowance.type] && (before.amountNanos > 0) == (allowance.amountNanos > 0) && before.recurs == allowance.recurs
            if !isSame { field.fail("allowance \(allowance.id) counts something else than in the version before: give it another id") }
        }
    }
}
