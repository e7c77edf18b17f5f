/// Destinations by the digits that their numbers begin with. The longest prefix decides, among the zones that a tariff asks for.
struct PrefixTree: Sendable {
    /// Ten children a node, 0 for none; node 0 is the root.
    private var children: ContiguousArray<Int32> = ContiguousArray(repeating: 0, count: 10)
    /// The zones whose prefix ends at the node, as a chain through `nextZone`; -1 ends it.
    private var firstZone: ContiguousArray<Int32> = [-1]
    private var zones: ContiguousArray<(zone: Int32, next: Int32)> = []

    /// False where `prefix` is not made of digits. The empty prefix holds for every number.
    mutating func insert(_ prefix: some Sequence<UInt8>, zone: Int32) -> Bool {
        var node = 0
        for byte in prefix {
            guard byte >= 48, byte <= 57 else { return false }
            let slot = node * 10 + Int(byte - 48)
            if children[slot] == 0 {
                children[slot] = Int32(firstZone.count)
                firstZone.append(-1)
                children.append(contentsOf: repeatElement(0, count: 10))
            }
            node = Int(children[slot])
        }
        zones.append((zone, firstZone[node]))
        firstZone[node] = Int32(zones.count - 1)
        return true
    }

    /// The zone of the longest prefix of `number` among those that `isWanted`; nil where there is none. Reading stops at the
    /// first byte that is no digit.
    @inline(__always)
    func zone(of number: UnsafeRawBufferPointer, where isWanted: (Int32) -> Bool) -> Int32? {
        guard !number.isEmpty else { return nil }
        var best = wanted(at: 0, isWanted)
        var node = 0
        for byte in number {
            guard byte >= 48, byte <= 57 else { break }
            node = Int(children[node &* 10 &+ Int(byte &- 48)])
            if node == 0 { break }
            if let zone = wanted(at: node, isWanted) { best = zone }
        }
        return best
    }

    @inline(__always)
    private func wanted(at node: Int, _ isWanted: (Int32) -> Bool) -> Int32? {
        var place = firstZone[node]
        while place >= 0 {
            let entry = zones[Int(place)]
            if isWanted(entry.zone) { return entry.zone }
            place = entry.next
        }
        return nil
    }
}
