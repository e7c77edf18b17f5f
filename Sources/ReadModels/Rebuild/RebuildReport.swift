/// What came of a rebuild.
public struct RebuildReport: Sendable, Encodable {
    /// A table in which the live and the rebuilt view differ at the same offsets.
    public struct Difference: Sendable, Encodable, Equatable {
        public let live: TableChecksum
        public let rebuilt: TableChecksum
    }

    /// Records read from the log.
    public internal(set) var records: Int
    /// Nil where there was no live view, or one of another version, whose tables can't be compared.
    public let liveChecksum: String?
    public let rebuiltChecksum: String
    public let differences: [Difference]
    public internal(set) var isSwapped: Bool

    init(records: Int, live: [TableChecksum]?, rebuilt: [TableChecksum], isSwapped: Bool) {
        self.records = records
        self.isSwapped = isSwapped
        liveChecksum = live.map { CustomerView.checksum(of: $0) }
        rebuiltChecksum = CustomerView.checksum(of: rebuilt)
        differences = zip(live ?? [], live == nil ? [] : rebuilt).filter { $0 != $1 }.map { Difference(live: $0, rebuilt: $1) }
    }

    /// True too where there was nothing to compare with.
    public var isEqual: Bool { differences.isEmpty }

    /// For people: the verdict, and each table that differs.
    public var text: String {
        var lines = ["\(records) records read"]
        if let liveChecksum {
            lines.append("live view     \(liveChecksum)")
            lines.append("rebuilt view  \(rebuiltChecksum)  \(isEqual ? "equal" : "DIFFERENT")")
        } else {
            lines.append("rebuilt view  \(rebuiltChecksum)  (no live view of this version to compare with)")
        }
        for difference in differences {
            lines.append(
                "  \(difference.live.table): live \(difference.live.rows) rows \(difference.live.checksum.prefix(16)), "
                    + "rebuilt \(difference.rebuilt.rows) rows \(difference.rebuilt.checksum.prefix(16))")
        }
        lines.append(isSwapped ? "the rebuilt view is in use" : "the live view was kept")
        return lines.joined(separator: "\n")
    }
}
