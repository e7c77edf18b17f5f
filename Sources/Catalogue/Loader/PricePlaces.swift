/// Where the prices of each offering's versions stand in the text.
public struct PricePlaces: Sendable {
    public struct Place: Hashable, Sendable {
        /// The path below the catalogue's folder.
        public let file: String
        public let line: Int
    }

    private var places: [String: [[Place]]] = [:]

    mutating func add(_ fields: [Field], of offering: String) {
        places[offering, default: []].append(fields.map { Place(file: $0.file, line: $0.line) })
    }

    /// That of a price, by its place in its version, and the version's in its offering.
    public subscript(_ offering: String, version: Int, price: Int) -> Place? {
        guard let versions = places[offering], versions.indices.contains(version), versions[version].indices.contains(price) else { return nil }
        return versions[version][price]
    }
}
