import Events

/// The rules of rating that a catalogue's content was written for. Whatever they decide differently is asked here, so that history rated anew,
/// replayed or explained keeps the meaning that it had: a later build corrects no bill by itself.
enum RulesVersion: UInt32, Comparable {
    /// Before the rules had a version.
    case first = 1
    case second = 2

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Throws where a later build wrote the content: this one would price it wrongly.
    init(_ content: CatalogueContent) throws(TariffError) {
        guard let version = Self(rawValue: max(1, content.rulesVersion)) else {
            throw TariffError(
                reason: "it is written for version \(content.rulesVersion) of the rules of rating, which this build does not know: use a later one")
        }
        self = version
    }
}
