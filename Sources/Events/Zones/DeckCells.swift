/// What a deck of zones makes of numbers under rules version 2, for whoever checks or explains it; rating compiles its own. The longest prefix that a zone
/// of the deck states decides: there hold the zones that state it, and those that they say they lie within, be they in the deck or not.
public struct DeckCells: Sendable {
    public struct Member: Hashable, Sendable {
        public var zone: String
        /// How far it lies around the zones that state the prefix; 0: it is one of them.
        public var steps: Int
    }

    /// The zones that hold for the very same numbers, the nearest first, then in the catalogue's order.
    public typealias Cell = [Member]

    /// In the order in which the catalogue first has them.
    public private(set) var cells: [Cell] = []
    /// What the deck states, the place of its cell, and of the longest shorter prefix with which it begins; -1 for none.
    public struct Prefix: Sendable {
        public var text: String
        public var cell: Int
        public var around: Int
    }

    /// In order.
    public private(set) var prefixes: [Prefix] = []
    private var placeOfPrefix: [String: Int] = [:]

    /// - Parameter deck: ids; empty: all of the zones.
    public init(_ zones: [Zone], deck: [String]) {
        let isOwn = Set(deck)
        var order: [String: Int] = [:]
        var around: [String: [String]] = [:]
        for (place, zone) in zones.enumerated() { (order[zone.id], around[zone.id]) = (place, zone.within) }
        var stated: [String: [String]] = [:]
        var texts: [String] = []
        for zone in zones where deck.isEmpty || isOwn.contains(zone.id) {
            for prefix in zone.prefixes where stated[prefix, default: []].last != zone.id {
                if stated[prefix] == nil { texts.append(prefix) }
                stated[prefix, default: []].append(zone.id)
            }
        }
        var known: [[String]: Int] = [:]
        for text in texts {
            let ids = stated[text] ?? []
            let place = known[ids] ?? cells.count
            if place == cells.count {
                known[ids] = place
                cells.append(Self.cell(ids, around, order))
            }
            placeOfPrefix[text] = place
        }
        var open: [Int] = []
        for text in texts.sorted() {
            while let last = open.last, !text.hasPrefix(prefixes[last].text) { open.removeLast() }
            prefixes.append(Prefix(text: text, cell: placeOfPrefix[text] ?? 0, around: open.last ?? -1))
            open.append(prefixes.count - 1)
        }
    }

    private static func cell(_ stated: [String], _ around: [String: [String]], _ order: [String: Int]) -> Cell {
        var cell: Cell = []
        var seen: Set<String> = []
        var level = stated
        while !level.isEmpty {
            let new = level.filter { seen.insert($0).inserted }.sorted { order[$0] ?? 0 < order[$1] ?? 0 }
            let steps = cell.last.map { $0.steps + 1 } ?? 0
            cell += new.map { Member(zone: $0, steps: steps) }
            level = new.flatMap { around[$0] ?? [] }.filter { !seen.contains($0) && order[$0] != nil }
        }
        return cell
    }

    /// Nil where the number lies in no zone of the deck.
    public func cell(of number: String) -> Cell? {
        var beginning = number[...]
        while true {
            if let place = placeOfPrefix[String(beginning)] { return cells[place] }
            if beginning.popLast() == nil { return nil }
        }
    }

    /// The cell of the longest shorter prefix with which one begins and for whose cell something holds; nil where there is none.
    public func cell(around prefix: Prefix, where holds: (Int) -> Bool) -> Int? {
        var place = prefix.around
        while place >= 0 {
            if holds(prefixes[place].cell) { return prefixes[place].cell }
            place = prefixes[place].around
        }
        return nil
    }

    /// Whether a number can lie outside of all zones of the deck.
    public var leavesOut: Bool { placeOfPrefix[""] == nil }

    /// All zones that hold anywhere.
    public var zones: Set<String> { Set(cells.joined().map(\.zone)) }
}

extension [DeckCells.Member] {
    /// Those that state the prefix.
    public var own: [String] { filter { $0.steps == 0 }.map(\.zone) }

    public func holds(_ zones: some Collection<String>) -> Bool { zones.isEmpty || contains { zones.contains($0.zone) } }
}
