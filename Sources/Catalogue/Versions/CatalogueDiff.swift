import Events
import Foundation

/// What differs between two catalogues, said by the ids of what changed.
public struct CatalogueDiff: Sendable {
    public struct Change: Hashable, Sendable, Encodable {
        /// For example "offerings/start/versions/2020-01-01T00:00:00Z/prices/sms/steps/0/price".
        public let path: String
        /// Nil where it is new.
        public let old: String?
        /// Nil where it is gone.
        public let new: String?

        public init(path: String, old: String?, new: String?) {
            self.path = path
            self.old = old
            self.new = new
        }
    }

    /// In order of their paths.
    public let changes: [Change]

    public init(from old: CatalogueContent, to new: CatalogueContent) throws {
        let (before, after) = (try Self.leaves(old), try Self.leaves(new))
        var changes = Set(before.values.keys).union(after.values.keys).compactMap { path in
            before.values[path] == after.values[path] ? nil : Change(path: path, old: before.values[path], new: after.values[path])
        }
        // The order of prices decides; where one came or went, that says enough.
        for (path, ids) in before.orders {
            guard let others = after.orders[path], others != ids, Set(others) == Set(ids) else { continue }
            changes.append(Change(path: path + "/order", old: ids.joined(separator: ", "), new: others.joined(separator: ", ")))
        }
        self.changes = changes.sorted { $0.path < $1.path }
    }

    private struct Leaves {
        /// Every plain value by its path.
        var values: [String: String] = [:]
        /// The names in each list, in order.
        var orders: [String: [String]] = [:]
    }

    /// Lists of things with an id, a time or a subject are told apart by it, others by their place.
    private static func leaves(_ content: CatalogueContent) throws -> Leaves {
        var content = content
        // Tables of offsets are the machine's, not the operator's: that a zone is there says enough.
        content.timeZones = content.timeZones.map { zone in .with { $0.id = zone.id } }
        let data: [UInt8] = try content.jsonUTF8Bytes()
        var leaves = Leaves()
        collect(try JSONSerialization.jsonObject(with: Data(data)), "", &leaves)
        return leaves
    }

    private static func collect(_ value: Any, _ path: String, _ leaves: inout Leaves) {
        switch value {
        case let object as [String: Any]:
            let object = withoutWide(object)
            for (key, child) in object where !(key == "id" && !path.isEmpty) { collect(child, join(path, key), &leaves) }
            if object.isEmpty || (object.count == 1 && object["id"] != nil) { leaves.values[path] = "there" }
        case let list as [Any]:
            let names = list.enumerated().map { name(of: $1, $0, in: path) }
            leaves.orders[path] = names
            for (name, child) in zip(names, list) { collect(child, join(path, name), &leaves) }
        default:
            let steps = path.split(separator: "/").map(String.init)
            let (name, text) = readable(steps.last ?? "", "\(value)")
            leaves.values[(steps.dropLast() + [name]).joined(separator: "/")] = text
        }
    }

    private static func name(of value: Any, _ place: Int, in path: String) -> String {
        let object = value as? [String: Any]
        if let id = object?["id"] as? String { return id }
        let time = (object?["validFromMs"] as? String).map { readable("Ms", $0).text }
        guard path == "priceProfiles" else { return time ?? String(place) }
        func any(_ key: String) -> String { object?[key] as? String ?? "*" }
        return "\(any("category")) \(any("subject")) \(time ?? "")"
    }

    private static func join(_ path: String, _ step: String) -> String { path.isEmpty ? step : path + "/" + step }
}
