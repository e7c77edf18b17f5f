/// What zones tell apart: prefixes that stand in the very same zones are one cell. Of the zones that the prices of a rule name, a number's longest prefix
/// decides; then each price that names one of the zones of that prefix may take it, and each that names no zone.
public struct ZoneCells: Sendable {
    /// Ids of zones, in their order; empty: outside all of them.
    public typealias Cell = [String]

    private var cells: [String: [Cell]] = [:]
    /// The zones of the empty prefix, which holds for every number.
    private var boundless: Set<String> = []

    public init(_ zones: [Zone]) {
        var ofPrefix: [String: Cell] = [:]
        var shared: Set<String> = []
        for zone in zones {
            for prefix in zone.prefixes where ofPrefix[prefix, default: []].last != zone.id {
                ofPrefix[prefix, default: []].append(zone.id)
                if ofPrefix[prefix]?.count == 2 { shared.insert(prefix) }
                if prefix.isEmpty { boundless.insert(zone.id) }
            }
        }
        for zone in zones {
            var found: Set<Cell> = []
            for prefix in zone.prefixes { found.insert(shared.contains(prefix) ? ofPrefix[prefix] ?? [] : [zone.id]) }
            cells[zone.id, default: []] += found.sorted { $0.lexicographicallyPrecedes($1) }
        }
    }

    /// The cells of some zones where prices name `named` ones.
    public func cells(of zones: some Sequence<String>, among named: Set<String>) -> [Cell] {
        var seen: Set<Cell> = []
        return zones.flatMap { cells[$0] ?? [] }.map { $0.filter(named.contains) }.filter { seen.insert($0).inserted }
    }

    /// Whether a number can lie outside all of them.
    public func leavesOut(_ named: Set<String>) -> Bool { boundless.isDisjoint(with: named) }
}
