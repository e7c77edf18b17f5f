import Events

/// Finds what the prices of one type leave out, in one version of one offering.
///
/// Usage is told apart as the prices do, by destination first, then in the order in which rating asks. On each way down the prices that hold so far become
/// fewer; where none is left, the question that ended it is the dimension of the gap, as in the detail of `no-price`. What a way shares with all others is
/// not said.
struct GapSearch {
    private let prices: [UsagePrice]
    private let axes: [UsageAxis]
    private let destinations: [Destination]
    private let spanMs: Range<Int64>
    /// Behind which axis a price asks nothing; times are behind the last.
    private let asksUpTo: [Int]
    private(set) var findings: [PriceGap.Dimension: [PriceGap.Finding]] = [:]
    /// So many steps are taken: far more than any reviewed text needs.
    private var steps = 200_000

    struct Destination {
        /// Empty: outside all zones that the prices name.
        var cell: ZoneCells.Cell
        var prices: [Int]
    }

    private struct Context: Hashable {
        var destinations: [ZoneCells.Cell]
        var words: [String] = []
    }

    init(_ prices: [UsagePrice], _ axes: [UsageAxis], _ destinations: [Destination], spanMs: Range<Int64>) {
        (self.prices, self.axes, self.destinations, self.spanMs) = (prices, axes, destinations, spanMs)
        asksUpTo = prices.indices.map { place in
            if !prices[place].conditions.timeBands.isEmpty { return axes.count + 1 }
            return (axes.lastIndex { !$0.cells.allSatisfy { $0.prices.contains(place) } } ?? -1) + 1
        }
    }

    /// - Parameter outside: what words say of the destinations that no price is for.
    mutating func run(_ times: inout TimeGaps, outside: String) {
        var groups: [[Int]: [ZoneCells.Cell]] = [:]
        for destination in destinations { groups[destination.prices, default: []].append(destination.cell) }
        for (left, cells) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            if left.isEmpty {
                note(.destination, outside, Context(destinations: []))
            } else {
                walk(0, left, Context(destinations: cells), &times)
            }
        }
    }

    private mutating func walk(_ place: Int, _ left: [Int], _ context: Context, _ times: inout TimeGaps) {
        steps -= 1
        if steps == -1 { note(.unchecked, "has conditions in too many combinations to look at all", Context(destinations: [])) }
        if steps < 0 || left.contains(where: { asksUpTo[$0] <= place }) { return }
        guard place < axes.count else {
            guard let gap = times.find(Set(left.flatMap { prices[$0].conditions.timeBands }), in: spanMs) else { return }
            return note(.time, gap.words, context, gap)
        }
        let axis = axes[place]
        var groups: [[Int]: [String]] = [:]
        for cell in axis.cells { groups[left.filter(cell.prices.contains), default: []].append(cell.words) }
        for (kept, words) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var context = context
            if kept.isEmpty { note(axis.dimension, axis.phrase(words), context); continue }
            if groups.count > 1 { context.words.append(axis.phrase(words)) }
            walk(place + 1, kept, context, &times)
        }
    }

    private mutating func note(_ dimension: PriceGap.Dimension, _ gap: String, _ context: Context, _ time: TimeGap? = nil) {
        let finding = PriceGap.Finding(gap: gap, destinations: context.destinations, context: context.words, time: time)
        findings[dimension, default: []].append(finding)
    }

    // MARK: In words

    /// What the findings of one dimension say together; what they share but for the destination stands once.
    func words(_ findings: [PriceGap.Finding]) -> String {
        var order: [[String]] = []
        var cells: [[String]: [ZoneCells.Cell]] = [:]
        for finding in findings {
            let key = [finding.gap] + finding.context
            if cells[key] == nil { order.append(key) }
            cells[key, default: []] += finding.destinations
        }
        let texts = order.map { key in (key + [destinationWords(cells[key] ?? [])]).filter { !$0.isEmpty }.joined(separator: " ") }
        guard texts.count > 3 else { return texts.joined(separator: "; ") }
        return texts.prefix(3).joined(separator: "; ") + "; and \(texts.count - 3) more"
    }

    private func destinationWords(_ cells: [ZoneCells.Cell]) -> String {
        if cells.isEmpty || Set(cells) == Set(destinations.map(\.cell)) { return "" }
        var zones: [String] = []
        for zone in cells.joined() where !zones.contains(zone) { zones.append(zone) }
        let inside = zones.isEmpty ? [] : ["zone" + (zones.count == 1 ? " " : "s ") + WordList.text(zones)]
        return "to " + (inside + (cells.contains([]) ? ["other destinations"] : [])).joined(separator: " and ")
    }
}
