/// The accounts by (end of their oldest open period, account id): a binary heap, so that the order never depends on hashing.
struct DueQueue {
    private struct Item {
        var endMs: Int64
        var account: UInt32
    }

    private var heap: ContiguousArray<Item> = []

    var firstEndMs: Int64? { heap.first?.endMs }

    mutating func insert(_ account: UInt32, endMs: Int64, ids: borrowing IdentifierTable) {
        heap.append(Item(endMs: endMs, account: account))
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard Self.precedes(heap[place], heap[parent], ids) else { break }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    /// Traps where it is empty.
    mutating func popFirst(ids: borrowing IdentifierTable) -> UInt32 {
        let first = heap[0].account
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var place = 0
            while true {
                var least = place
                for child in [2 * place + 1, 2 * place + 2] where child < heap.count && Self.precedes(heap[child], heap[least], ids) {
                    least = child
                }
                if least == place { break }
                heap.swapAt(place, least)
                place = least
            }
        }
        return first
    }

    private static func precedes(_ a: Item, _ b: Item, _ ids: borrowing IdentifierTable) -> Bool {
        a.endMs != b.endMs ? a.endMs < b.endMs : ids.precedes(a.account, b.account)
    }
}
