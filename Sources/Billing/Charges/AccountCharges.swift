/// An account's open periods.
struct AccountCharges {
    let id: String
    /// The end of the last closed period: what belongs before it is late.
    var closedThroughMs = Int64.min
    var isHeaderDirty = false
    /// By start; late charges first.
    var periods: ContiguousArray<OpenPeriod> = []

    init(id: String) { self.id = id }

    @inline(__always)
    func place(ofPeriod startMs: Int64) -> Int? {
        for place in periods.indices.reversed() where periods[place].startMs == startMs { return place }
        return nil
    }

    @inline(__always)
    mutating func openPeriod(_ startMs: Int64) -> Int {
        if let known = place(ofPeriod: startMs) { return known }
        let place = periods.firstIndex { $0.startMs > startMs } ?? periods.count
        periods.insert(OpenPeriod(startMs: startMs), at: place)
        return place
    }
}
