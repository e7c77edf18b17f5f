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
        let before = try Self.leaves(old)
        let after = try Self.leaves(new)
        changes = Set(before.keys).union(after.keys).sorted().compactMap { path in
            before[path] == after[path] ? nil : Change(path: path, old: before[path], new: after[path])
        }
    }

    /// Every plain value by its path. Lists of things with an id are told apart by it, others by their place.
    private static func leaves(_ content: CatalogueContent) throws -> [String: String] {
        var content = content
        // Tables of offsets are the machine's, not the operator's: that a zone is there says enough.
        content.timeZones = content.timeZones.map { zone in .with { $0.id = zone.id } }
        let data: [UInt8] = try content.jsonUTF8Bytes()
        var leaves: [String: String] = [:]
        collect(try JSONSerialization.jsonObject(with: Data(data)), "", &leaves)
        return leaves
    }

    private static func collect(_ value: Any, _ path: String, _ leaves: inout [String: String]) {
        switch value {
        case let object as [String: Any]:
            for (key, child) in object where !(key == "id" && !path.isEmpty) { collect(child, join(path, key), &leaves) }
            if object.count == 1, object["id"] != nil { leaves[path] = "there" }
        case let list as [Any]:
            for (place, child) in list.enumerated() {
                let object = child as? [String: Any]
                let name = object?["id"] as? String ?? (object?["validFromMs"] as? String).map(day) ?? String(place)
                collect(child, join(path, name), &leaves)
            }
        default:
            let (name, text) = readable(path.split(separator: "/").last.map(String.init) ?? "", "\(value)")
            leaves[path.split(separator: "/").dropLast().map(String.init).reduce("") { join($0, $1) } + "/" + name] = text
        }
    }

    private static func join(_ path: String, _ step: String) -> String { path.isEmpty ? step : path + "/" + step }
    private static func day(_ ms: String) -> String { readable("Ms", ms).text }
}
