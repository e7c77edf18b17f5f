import Events

/// An offering whose prices are tried for a usage.
struct OfferingToTry {
    /// Its place in the tariff.
    var offering: Int
    /// Since when a profile has led to it; of a plan, when that begins is known elsewhere.
    var sinceMs = Int64.min
}

/// Which offering prices a subject's usage in a category, beside its subscription's own plan.
struct PriceProfiles: Sendable {
    struct Entry: Sendable {
        var validFromMs: Int64
        var offering: Int
        /// Numbers of subjects.
        var fallback: [UInt32]
        /// When the first of the entries came into force that have named the offering ever since.
        var sinceMs: Int64
    }

    /// Number 0 is "any".
    private var texts = IdentifierTable()
    private var entries: [UInt64: [Entry]] = [:]

    init() { _ = texts.number(of: UnsafeRawBufferPointer(start: nil, count: 0)) }

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ profile: PriceProfile, offering: Int) throws(TariffError) {
        let key = Self.key(number(profile.category), number(profile.subject))
        let entry = Entry(
            validFromMs: profile.validFromMs, offering: offering, fallback: profile.fallbackSubjects.map { number($0) }, sinceMs: profile.validFromMs)
        guard !entries[key, default: []].contains(where: { $0.validFromMs == entry.validFromMs }) else {
            throw TariffError(reason: "the profile of category \"\(profile.category)\" and subject \"\(profile.subject)\" comes twice for one time")
        }
        entries[key, default: []].append(entry)
        var all = (entries.removeValue(forKey: key) ?? []).sorted { $0.validFromMs < $1.validFromMs }
        for place in all.indices {
            let goesOn = place > 0 && all[place - 1].offering == all[place].offering
            all[place].sinceMs = goesOn ? all[place - 1].sinceMs : all[place].validFromMs
        }
        entries[key] = all
    }

    private mutating func number(_ text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { texts.number(of: UnsafeRawBufferPointer($0)).number }
    }

    private static func key(_ category: UInt32, _ subject: UInt32) -> UInt64 { UInt64(category) << 32 | UInt64(subject) }

    /// The entry in force for exactly this category and subject.
    private func entry(_ category: UInt32, _ subject: UInt32, _ atMs: Int64) -> Entry? {
        entries[Self.key(category, subject)]?.last { $0.validFromMs <= atMs }
    }

    private static let any: UInt32 = 0
    /// The offerings to try for a subject, in order: its own profile's, or the category's and the general one where it has none; then those that
    /// the profile falls back to.
    func offerings(category: UnsafeRawBufferPointer, subject: UnsafeRawBufferPointer, atMs: Int64, _ found: inout ContiguousArray<OfferingToTry>) {
        let category = texts.find(category) ?? UInt32.max
        let subject = texts.find(subject) ?? UInt32.max
        for (category, subject) in [(category, subject), (category, Self.any), (Self.any, subject), (Self.any, Self.any)] {
            guard let entry = entry(category, subject, atMs) else { continue }
            follow(entry, category, subject, atMs, &found)
            return
        }
    }

    /// Those of a personal price: of exactly this subject.
    func ownOfferings(category: UnsafeRawBufferPointer, subject: UnsafeRawBufferPointer, atMs: Int64, _ found: inout ContiguousArray<OfferingToTry>) {
        guard let subject = texts.find(subject), subject != Self.any else { return }
        for category in [texts.find(category) ?? UInt32.max, Self.any] {
            guard let entry = entry(category, subject, atMs) else { continue }
            follow(entry, category, subject, atMs, &found)
            return
        }
    }

    /// Those for all subjects.
    func generalOfferings(category: UnsafeRawBufferPointer, atMs: Int64, _ found: inout ContiguousArray<OfferingToTry>) {
        offerings(category: category, subject: UnsafeRawBufferPointer(start: nil, count: 0), atMs: atMs, &found)
    }

    private func follow(_ entry: Entry, _ category: UInt32, _ subject: UInt32, _ atMs: Int64, _ found: inout ContiguousArray<OfferingToTry>) {
        // Each subject once: a circle ends where it began.
        var seen: [UInt32] = [subject]
        func visit(_ entry: Entry) {
            if !found.contains(where: { $0.offering == entry.offering }) { found.append(OfferingToTry(offering: entry.offering, sinceMs: entry.sinceMs)) }
            for subject in entry.fallback where !seen.contains(subject) {
                seen.append(subject)
                if let next = self.entry(category, subject, atMs) { visit(next) }
            }
        }
        visit(entry)
    }
}
