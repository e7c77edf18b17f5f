/// The zones of the catalogue: a destination is one, or several where a rating plan makes a difference between its prefixes.
struct PlanZones {
    /// A zone with all prefixes of a destination, or some.
    struct Entry {
        let id: String
        let destination: String
        let prefixes: [String]
    }

    private let destinations: [PlanZone]
    private var parts: [String: [Entry]] = [:]
    private var whole: Set<String> = []
    private var ids: Set<String>

    init(_ destinations: [PlanZone]) {
        self.destinations = destinations
        ids = Set(destinations.map(\.id))
    }

    /// The id of the zone with these prefixes of the destination.
    mutating func id(of destination: String, prefixes: [String], among all: Int) -> String {
        if prefixes.count == all {
            whole.insert(destination)
            return destination
        }
        if let known = parts[destination]?.first(where: { $0.prefixes == prefixes }) { return known.id }
        var number = 1
        var id = ""
        repeat {
            number += 1
            id = "\(destination)-\(number)"
        } while !ids.insert(id).inserted
        parts[destination, default: []].append(Entry(id: id, destination: destination, prefixes: prefixes))
        return id
    }

    /// In the order of the destinations. Those are left out that no number has, or that are there in parts only.
    var entries: [Entry] {
        destinations.flatMap { destination in
            let own = parts[destination.id] ?? []
            let isThere = !destination.prefixes.isEmpty && (own.isEmpty || whole.contains(destination.id))
            return (isThere ? [Entry(id: destination.id, destination: destination.id, prefixes: destination.texts)] : []) + own
        }
    }
}
