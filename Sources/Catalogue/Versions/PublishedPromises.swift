import Events
import Quantities

/// What was published is a promise: a version of an offering that has come into force never changes, and a new one gives notice.
///
/// So are the time bands by which versions in force are priced, those of their holidays that have begun, and the profiles that count already. Zones and
/// networks are no part of it: they follow the numbering plans of others. Nor are the rules of rating that the text is written for: what was rated keeps
/// those of its own catalogue.
public enum PublishedPromises {
    /// What `new` breaks of what `old`, the catalogue in force, has promised by `now`.
    public static func broken(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> [String] {
        old.offerings.flatMap { offering -> [String] in
            guard let next = new.offerings.first(where: { $0.id == offering.id }) else {
                return ["offering \(offering.id) is missing: one that was published stays, with status: retired"]
            }
            return broken(from: offering, to: next, now: now)
        } + brokenBands(from: old, to: new, now: now) + brokenHolidays(from: old, to: new, now: now) + brokenProfiles(from: old, to: new, now: now)
    }

    /// The time bands that say when prices of versions in force hold.
    private static func bandsInForce(_ old: CatalogueContent, now: Timestamp) -> [TimeBand] {
        let inForce = old.offerings.flatMap { $0.versions.filter { $0.validFromMs <= now.ms } }
        let bands = Set(
            inForce.flatMap { version in
                version.prices.flatMap(\.conditions.timeBands) + version.allowances.flatMap(\.conditions.timeBands)
                    + version.discounts.flatMap(\.conditions.timeBands)
            })
        return old.timeBands.filter { bands.contains($0.id) }
    }

    private static func brokenBands(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> [String] {
        bandsInForce(old, now: now).filter { !new.timeBands.contains($0) }.map {
            "time band \($0.id): versions in force are priced by it, and it can't change; add one of another id, and a version that names it"
        }
    }

    private static func brokenHolidays(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> [String] {
        // The latest date that it is anywhere.
        let today = "\(Timestamp(ms: now.ms + 14 * 3_600_000))".prefix(10)
        let asked = Set(bandsInForce(old, now: now).map(\.holidays))
        return old.holidayCalendars.filter { asked.contains($0.id) }.compactMap { calendar in
            let days = new.holidayCalendars.first { $0.id == calendar.id }?.days ?? []
            // A day of each year, "MM-DD", has been as well.
            let changed = Set(calendar.days).symmetricDifference(days).filter { $0.utf8.count < 10 || $0 <= today }.sorted()
            if changed.isEmpty { return nil }
            return "holidays \(calendar.id): \(changed.joined(separator: ", ")) can't come or go, for that changes what is past; "
                + "name dates to come with their year"
        }
    }

    private static func brokenProfiles(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> [String] {
        func inForce(_ content: CatalogueContent) -> [PriceProfile] { content.priceProfiles.filter { $0.validFromMs <= now.ms } }
        func name(_ profile: PriceProfile) -> String {
            "the profile of subject \"\(profile.subject)\" in category \"\(profile.category)\" valid from \(Timestamp(ms: profile.validFromMs))"
        }
        let (before, after) = (inForce(old), inForce(new))
        let (kept, names) = (Set(after), Set(before.map(name)))
        return before.filter { !kept.contains($0) }.map { name($0) + " is in force and can't change; add one that is valid from a later time" }
            + after.map(name).filter { !names.contains($0) }.map { $0 + " is new, and that is past" }
    }

    /// From when on usage that may have been rated is priced otherwise by `new` than by `old`; nil where none is.
    public static func correctedFrom(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> Timestamp? {
        func inForce(_ versions: [OfferingVersion]) -> [OfferingVersion] { versions.filter { $0.validFromMs <= now.ms } }
        // How much a usage can be says nothing of its price.
        func units(_ content: CatalogueContent) -> [String] { content.usageSpecifications.map { "\($0.type) \($0.unit.symbol)" } }
        // Other rules alone correct nothing: what was rated keeps its own. Prefixes, bands, holidays, networks and profiles have no time of their own:
        // whatever is priced by them may change.
        let changesPlaces =
            old.zones != new.zones || old.timeBands != new.timeBands || old.holidayCalendars != new.holidayCalendars || old.networks != new.networks
            || old.priceProfiles != new.priceProfiles || units(old) != units(new)
        let changed = old.offerings.flatMap { offering -> [OfferingVersion] in
            let next = new.offerings.first { $0.id == offering.id }
            let (before, after) = (inForce(offering.versions), inForce(next?.versions ?? []))
            if changesPlaces || next?.currency != offering.currency || next?.deck != offering.deck { return before }
            return before.filter { !after.contains($0) } + after.filter { !before.contains($0) }
        }
        return changed.map(\.validFromMs).min().map { Timestamp(ms: $0) }
    }

    /// That of the version or of the one that it takes the place of, whichever is longer.
    private static func notice(_ version: OfferingVersion, _ old: Offering) -> Int64 {
        max(version.noticeMs, old.versions.first { $0.validFromMs == version.validFromMs }?.noticeMs ?? 0)
    }

    private static func broken(from old: Offering, to new: Offering, now: Timestamp) -> [String] {
        var faults: [String] = []
        if old.currency != new.currency { faults.append("offering \(old.id): its currency can't change from \(old.currency) to \(new.currency)") }
        for version in old.versions where version.validFromMs <= now.ms && !new.versions.contains(version) {
            let from = Timestamp(ms: version.validFromMs)
            faults.append("offering \(old.id): the version valid from \(from) is in force and can't change; add one that is valid from a later time")
        }
        for version in new.versions where !old.versions.contains(version) {
            let from = Timestamp(ms: version.validFromMs)
            if version.validFromMs <= now.ms {
                if !old.versions.contains(where: { $0.validFromMs == version.validFromMs }) {
                    faults.append("offering \(old.id): the new version is valid from \(from), which is past")
                }
            } else if version.reach == .everyone, version.validFromMs - now.ms < notice(version, old) {
                let days = (notice(version, old) + Timestamp.msPerDay - 1) / Timestamp.msPerDay
                faults.append("offering \(old.id): the version valid from \(from) has a notice of \(days) days, which is after that time")
            }
        }
        return faults
    }
}
