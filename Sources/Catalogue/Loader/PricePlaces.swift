/// Where the prices and the allowances of each offering's versions stand in the text.
public struct PricePlaces: Sendable {
    public struct Place: Hashable, Sendable {
        /// The path below the catalogue's folder.
        public let file: String
        public let line: Int
    }

    private var places: [String: [[Place]]] = [:]
    private var allowances: [String: [[Place]]] = [:]
    /// Zones that take numbers out of priced ones, and that nothing names: usage to them is suspended. An error for whoever validates.
    public private(set) var splits: [CatalogueError] = []

    mutating func add(_ version: Field, of offering: String) {
        func places(_ key: String) -> [Place] { version.items(key).map { Place(file: $0.file, line: $0.line) } }
        self.places[offering, default: []].append(places("prices"))
        allowances[offering, default: []].append(places("allowances"))
    }

    mutating func add(split zone: Field, _ message: String) {
        splits.append(CatalogueError(file: zone.file, line: zone.line, field: zone.path, message: message))
    }

    /// That of an allowance, by its place in its version, and the version's in its offering.
    public func allowance(_ allowance: Int, of offering: String, version: Int) -> Place? {
        guard let versions = allowances[offering], versions.indices.contains(version), versions[version].indices.contains(allowance) else { return nil }
        return versions[version][allowance]
    }

    /// That of a price, by its place in its version, and the version's in its offering.
    public subscript(_ offering: String, version: Int, price: Int) -> Place? {
        guard let versions = places[offering], versions.indices.contains(version), versions[version].indices.contains(price) else { return nil }
        return versions[version][price]
    }
}
