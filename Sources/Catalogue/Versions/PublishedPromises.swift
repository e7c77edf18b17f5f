import Events
import Quantities

/// What was published is a promise: a version of an offering that has come into force never changes, and a new one gives notice.
///
/// Zones, time bands and networks do change, with new prefixes and holidays; they are no part of the promise.
public enum PublishedPromises {
    /// What `new` breaks of what `old`, the catalogue in force, has promised by `now`.
    public static func broken(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> [String] {
        old.offerings.flatMap { offering -> [String] in
            guard let next = new.offerings.first(where: { $0.id == offering.id }) else {
                return ["offering \(offering.id) is missing: one that was published stays, with status: retired"]
            }
            return broken(from: offering, to: next, now: now)
        }
    }

    /// From when on usage that may have been rated is priced otherwise by `new` than by `old`; nil where none is.
    public static func correctedFrom(from old: CatalogueContent, to new: CatalogueContent, now: Timestamp) -> Timestamp? {
        func inForce(_ versions: [OfferingVersion]) -> [OfferingVersion] { versions.filter { $0.validFromMs <= now.ms } }
        // Prefixes, bands, holidays, networks and profiles have no time of their own: whatever is priced by them may change.
        let changesPlaces =
            old.zones != new.zones || old.timeBands != new.timeBands || old.holidayCalendars != new.holidayCalendars || old.networks != new.networks
            || old.priceProfiles != new.priceProfiles || old.usageSpecifications != new.usageSpecifications
        let changed = old.offerings.flatMap { offering -> [OfferingVersion] in
            let next = new.offerings.first { $0.id == offering.id }
            let (before, after) = (inForce(offering.versions), inForce(next?.versions ?? []))
            if changesPlaces || next?.currency != offering.currency { return before }
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
