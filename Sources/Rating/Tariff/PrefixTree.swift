/// Zones by how numbers begin: E.164 digits mostly, but any bytes will do. The longest prefix decides, among the zones that a tariff
/// asks for; it may stand in several of them.
struct PrefixTree: Sendable {
    /// Ten children a node, one for each digit, 0 for none; node 0 is the root.
    private var children: ContiguousArray<Int32> = ContiguousArray(repeating: 0, count: 10)
    /// Children by what is no digit: node in the upper part, byte in the lowest 8 bits.
    private var otherChildren: [UInt64: Int32] = [:]
    /// The zones whose prefix ends at the node, as a chain through `links`; -1 ends it.
    private var firstLink: ContiguousArray<Int32> = [-1]
    /// How many steps a zone lies around those whose prefix it is; 0: it is one of them.
    private var links: ContiguousArray<(zone: Int32, next: Int32, steps: Int32)> = []

    /// A place where prefixes end, by its first link; -1: none.
    typealias Place = Int32

    /// The empty prefix holds for every number, and where there is none.
    mutating func insert(_ prefix: some Sequence<UInt8>, zone: Int32) {
        var node = 0
        for byte in prefix {
            let known = Int(child(of: node, byte))
            node = known == 0 ? addChild(of: node, byte) : known
        }
        links.append((zone, firstLink[node], 0))
        firstLink[node] = Int32(links.count - 1)
    }

    private mutating func addChild(of node: Int, _ byte: UInt8) -> Int {
        let new = firstLink.count
        firstLink.append(-1)
        children.append(contentsOf: repeatElement(0, count: 10))
        if byte >= 48, byte <= 57 { children[node * 10 + Int(byte - 48)] = Int32(new) } else { otherChildren[Self.key(node, byte)] = Int32(new) }
        return new
    }

    @inline(__always)
    private func child(of node: Int, _ byte: UInt8) -> Int32 {
        let digit = byte &- 48
        if digit <= 9 { return children[node &* 10 &+ Int(digit)] }
        return otherChildren.isEmpty ? 0 : otherChildren[Self.key(node, byte)] ?? 0
    }

    private static func key(_ node: Int, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    /// Where the longest prefix of `number` ends that stands in a zone which `isWanted`.
    @inline(__always)
    func place(of number: UnsafeRawBufferPointer, where isWanted: (Int32) -> Bool) -> Place {
        var best = holds(0, isWanted) ? firstLink[0] : -1
        var node = 0
        for byte in number {
            node = Int(child(of: node, byte))
            if node == 0 { break }
            if holds(node, isWanted) { best = firstLink[node] }
        }
        return best
    }

    @inline(__always)
    private func holds(_ node: Int, _ isWanted: (Int32) -> Bool) -> Bool {
        var link = firstLink[node]
        while link >= 0 {
            if isWanted(links[Int(link)].zone) { return true }
            link = links[Int(link)].next
        }
        return false
    }

    // MARK: Decks

    var nodeCount: Int { firstLink.count }

    /// The zones whose prefix ends at a node, in their order.
    func zones(endingAt node: Int) -> [Int32] {
        var found: [Int32] = []
        var link = firstLink[node]
        while link >= 0 {
            found.append(links[Int(link)].zone)
            link = links[Int(link)].next
        }
        return found.sorted()
    }

    /// Adds places that are no node's: a chain of zones each, none empty. They follow one another.
    /// - Returns: the first of them.
    mutating func add(_ chains: [[ZoneDeck.Step]]) -> Place {
        let first = links.count
        for chain in chains { links.append((chain[0].zone, -1, chain[0].steps)) }
        for (place, chain) in chains.enumerated() {
            var last = first + place
            for step in chain.dropFirst() {
                links[last].next = Int32(links.count)
                last = links.count
                links.append((step.zone, -1, step.steps))
            }
        }
        return Place(first)
    }

    /// The place of the longest prefix of `number` that has one.
    /// - Parameters:
    ///   - places: one for each node, from `base` on.
    @inline(__always)
    func place(of number: UnsafeRawBufferPointer, among places: borrowing ContiguousArray<Place>, from base: Int) -> Place {
        var best = places[base]
        var node = 0
        for byte in number {
            node = Int(child(of: node, byte))
            if node == 0 { break }
            let place = places[base &+ node]
            if place >= 0 { best = place }
        }
        return best
    }

    /// Where exactly these bytes end; -1 where no prefix is all of them.
    func place(ofWhole text: UnsafeRawBufferPointer) -> Place {
        var node = 0
        for byte in text {
            node = Int(child(of: node, byte))
            if node == 0 { return -1 }
        }
        return firstLink[node]
    }

    @inline(__always)
    func steps(to place: Place) -> Int32 { links[Int(place)].steps }
    @inline(__always)
    func zone(at place: Place) -> Int32 { links[Int(place)].zone }
    /// The next zone of the same prefix.
    @inline(__always)
    func next(after place: Place) -> Place { links[Int(place)].next }
}
