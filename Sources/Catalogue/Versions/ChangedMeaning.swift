import Events
import Quantities

/// What the same words of a catalogue mean otherwise in another one: by the rules of rating that it is written for, by zones, and by the zones of an
/// offering. Where the words themselves changed, the plain difference says so.
public struct ChangedMeaning: Hashable, Sendable, Encodable {
    /// For example "offerings/start/versions/2020-01-01T00:00:00Z/allowances/minutes".
    public let path: String
    /// In a sentence.
    public let meaning: String

    /// In order of their paths.
    public static func find(from old: CatalogueContent, to new: CatalogueContent) -> [ChangedMeaning] {
        var found = networks(old, new)
        let reach = (ZoneReach(old), ZoneReach(new))
        for offering in old.offerings {
            guard let next = new.offerings.first(where: { $0.id == offering.id }) else { continue }
            for version in offering.versions where next.versions.contains(version) {
                let path = "offerings/\(offering.id)/versions/\(Timestamp(ms: version.validFromMs))"
                if old.rulesVersion < 2, new.rulesVersion >= 2 { found += rules(version, path) }
                let isOtherwise = old.zones != new.zones || offering.deck != next.deck || (old.rulesVersion < 2) != (new.rulesVersion < 2)
                guard offering.kind == .plan, isOtherwise else { continue }
                for specification in old.usageSpecifications {
                    let types = (reach.0.destinations(of: version, specification.type, offering.deck, reach.1.prefixes),
                        reach.1.destinations(of: version, specification.type, next.deck, reach.0.prefixes))
                    found += compare(types.0, types.1, path, specification.type)
                }
            }
        }
        return found.sorted { ($0.path, $0.meaning) < ($1.path, $1.meaning) }
    }

    // MARK: Zones

    /// What of a version some destinations find, in both catalogues.
    private static func compare(
        _ old: [ZoneReach.Destination], _ new: [ZoneReach.Destination], _ path: String, _ type: String
    ) -> [ChangedMeaning] {
        var places: [ChangedMeaning: [String]] = [:]
        for (before, after) in zip(old, new) {
            var changes: [(path: String, meaning: String)] = []
            if before.prices != after.prices { changes.append(("prices", prices(before.prices, after.prices))) }
            for (key, old, new, verb) in [
                ("allowances", before.allowances, after.allowances, "pays"), ("discounts", before.discounts, after.discounts, "takes something off"),
            ] {
                for id in old where !new.contains(id) { changes.append((key + "/" + id, "\(verb) no longer for it")) }
                for id in new where !old.contains(id) { changes.append((key + "/" + id, "\(verb) for it, which it did not")) }
            }
            for change in changes {
                let meaning = ChangedMeaning(path: path + "/" + change.path, meaning: change.meaning)
                if places[meaning]?.last != after.name { places[meaning, default: []].append(after.name) }
            }
        }
        return places.map { change, names in
            var unique: [String] = []
            for name in names where !unique.contains(name) { unique.append(name) }
            let text = unique.count > 6 ? unique.prefix(6).joined(separator: ", ") + " and \(unique.count - 6) more" : unique.joined(separator: ", ")
            return ChangedMeaning(path: change.path, meaning: "\(type) to \(text): \(change.meaning)")
        }
    }

    private static func prices(_ old: [String], _ new: [String]) -> String {
        func list(_ ids: [String]) -> String { ids.isEmpty ? "no price" : ids.joined(separator: ", then ") }
        return "\(list(new)), where it was \(list(old))"
    }

    // MARK: Rules

    private static func rules(_ version: OfferingVersion, _ path: String) -> [ChangedMeaning] {
        var found: [ChangedMeaning] = []
        func add(_ place: String, _ meaning: String) { found.append(ChangedMeaning(path: path + "/" + place, meaning: meaning)) }
        for allowance in version.allowances where !allowance.includesFree && allowance.amountNanos == 0 {
            let free = version.prices.filter { $0.isFree && ($0.type.isEmpty || $0.type == allowance.type) }.map(\.id).joined(separator: ", ")
            if !free.isEmpty { add("allowances/\(allowance.id)", "pays no longer for what is free by \(free), and tells nothing of it (includes_free)") }
        }
        for allowance in version.allowances where allowance.hasRollover {
            add("allowances/\(allowance.id)", "what is left goes over from the next period's first second on, not from the close on")
        }
        for price in version.prices {
            if price.conditions.firstUse != .any { add("prices/\(price.id)", "a usage of zero is no first use any more") }
            if price.steps.count > 1 { add("prices/\(price.id)", "a charge over several steps is rounded once, not step by step") }
        }
        for fee in version.recurring where fee.onlyWithUsage { add("recurring/\(fee.id)", "usage of zero alone makes it due no longer") }
        return found
    }

    private static func networks(_ old: CatalogueContent, _ new: CatalogueContent) -> [ChangedMeaning] {
        guard old.rulesVersion < 2, new.rulesVersion >= 2 else { return [] }
        return new.networks.flatMap { network -> [ChangedMeaning] in
            let codes = network.prefixes.filter { $0.utf8.count > 3 && $0.utf8.last != UInt8(ascii: "*") }
            let before = old.networks.first { $0.id == network.id }?.prefixes ?? []
            return codes.filter(before.contains).map {
                ChangedMeaning(path: "networks/\(network.id)/\($0)", meaning: "is that code alone, no longer all that begin so (for those say \($0)*)")
            }
        }
    }
}
