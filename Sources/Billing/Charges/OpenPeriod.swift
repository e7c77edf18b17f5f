import Pipeline

/// The sums of one open period of an account; or, as `lateStart`, of what came late and goes on the next bill.
struct OpenPeriod {
    /// Late charges are kept apart until a period closes, because only rating knows when the next period ends.
    static let lateStart = Int64.min
    /// Lines of one changelog entry: an ordinary account's bill is one entry, a fleet's many of which few change.
    static let linesPerPage = 8

    let startMs: Int64
    var seal = UsageSeal()
    /// In the order in which they first came.
    private(set) var lines: ContiguousArray<ChargeLine> = []
    /// Where each line stands; nil for one page of lines, which is searched faster than hashed.
    private var places: [LineKey: Int32]?

    struct LineKey: Hashable {
        var subscription: String
        var shape: Int32
    }

    init(startMs: Int64) { self.startMs = startMs }

    var isLate: Bool { startMs == Self.lateStart }
    var pageCount: Int { (lines.count + Self.linesPerPage - 1) / Self.linesPerPage }

    /// Adds the charge to its line, which is made where there is none, and returns the line's page.
    @inline(__always)
    mutating func add(_ charge: Charge, shapes: inout ShapeTable, _ format: StateFormat) -> Int {
        let place = place(of: charge, shapes: &shapes)
        if format >= .second {
            lines[place].add(charge)
        } else {
            let before = lines[place]
            lines[place].add(charge)
            lines[place].cap(from: before)
        }
        return place / Self.linesPerPage
    }

    @inline(__always)
    private mutating func place(of charge: Charge, shapes: inout ShapeTable) -> Int {
        guard places == nil else { return indexedPlace(of: charge, shapes: &shapes) }
        for place in lines.indices
        where shapes[lines[place].shape].matches(charge) && lines[place].subscription.equals(charge.subscription) {
            return place
        }
        let shape = shapes.intern(LineShape(charge, isLate: isLate))
        lines.append(ChargeLine(subscription: String(charge.subscription), shape: shape))
        if lines.count > Self.linesPerPage { buildPlaces() }
        return lines.count - 1
    }

    private mutating func indexedPlace(of charge: Charge, shapes: inout ShapeTable) -> Int {
        let key = LineKey(subscription: String(charge.subscription), shape: shapes.intern(LineShape(charge, isLate: isLate)))
        if let place = places![key] { return Int(place) }
        let place = lines.count
        places![key] = Int32(place)
        lines.append(ChargeLine(subscription: key.subscription, shape: key.shape))
        return place
    }

    private mutating func buildPlaces() {
        var places: [LineKey: Int32] = [:]
        for (place, line) in lines.enumerated() { places[LineKey(subscription: line.subscription, shape: line.shape)] = Int32(place) }
        self.places = places
    }
}

extension OpenPeriod {
    /// True where the page was clean before.
    @inline(__always)
    mutating func markDirty(page: Int) -> Bool {
        let first = page * Self.linesPerPage
        if lines[first].isPageDirty { return false }
        lines[first].isPageDirty = true
        return true
    }

    /// True where the page is there and was dirty.
    mutating func clearDirty(page: Int) -> Bool {
        let first = page * Self.linesPerPage
        guard first < lines.count, lines[first].isPageDirty else { return false }
        lines[first].isPageDirty = false
        return true
    }

    func places(ofPage page: Int) -> Range<Int> {
        let first = page * Self.linesPerPage
        return first..<min(first + Self.linesPerPage, lines.count)
    }

    /// Takes a page from the changelog, empty for a tombstone. Pages come in any order: holes are filled by later ones.
    mutating func restore(page: Int, _ restored: [ChargeLine]) {
        let first = page * Self.linesPerPage
        while lines.count < first + restored.count { lines.append(.hole) }
        for place in first..<min(first + Self.linesPerPage, lines.count) {
            lines[place] = place - first < restored.count ? restored[place - first] : .hole
        }
        while lines.last?.isHole == true { lines.removeLast() }
    }

    mutating func finishRestore() {
        precondition(lines.allSatisfy { !$0.isHole }, "state.aggregate lacks lines of an open period")
        if lines.count > Self.linesPerPage { buildPlaces() }
    }
}
