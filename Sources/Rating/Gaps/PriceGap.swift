import Events

/// Usage of a type that an offering prices, and for which it finds no price: rating would suspend it as `no-price`. Often meant so, as where no one roams.
public struct PriceGap: Sendable {
    /// What the prices tell apart, in the order in which they are asked: where the last of them fails is where the price is missing.
    public enum Dimension: String, CaseIterable, Sendable {
        case destination, direction, category, service, segment, network, origin
        case otherNetwork = "other-network"
        case favourites, age
        case firstUse = "first-use"
        case time
        /// Not looked at: there are too many combinations.
        case unchecked
    }

    public var offering: String
    /// Its place among the offering's versions, and that of the first price concerned among the version's.
    public var version: Int
    public var price: Int
    public var types: [String]
    public var dimension: Dimension
    /// Which usage, after the words "voice usage", for example "on Saturday 00:00-24:00 to zone national".
    public var uncovered: String
    package var findings: [Finding]

    public var message: String {
        if dimension == .unchecked { return "\(WordList.text(types)) usage \(uncovered): gaps among the others are not found" }
        return message(of: uncovered)
    }

    private func message(of uncovered: String) -> String {
        "\(WordList.text(types)) usage \(uncovered) has no price: it would be suspended as \(UnratedReason.noPrice.rawValue); add a price for it, "
            + "or in profiles.yaml an offering that prices what the plan does not"
    }

    /// One thing that is missing, and for which usage otherwise.
    package struct Finding: Sendable {
        /// What is missing.
        var gap: String
        /// The zones of the destinations concerned.
        package var destinations: [ZoneCells.Cell]
        /// What else holds of the usage.
        var context: [String]
        package var time: TimeGap?
    }
}

/// Lists in a sentence.
enum WordList {
    /// At most so many are listed.
    static let most = 6

    static func text(_ words: [String]) -> String {
        guard words.count > 1 else { return words.first ?? "" }
        guard words.count <= most else { return words.prefix(most).joined(separator: ", ") + " and \(words.count - most) more" }
        return words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }
}
