import Events

/// A usage by its raw record and its place in there; without an index, all that the record holds.
struct RawUsagePlace: Hashable, CustomStringConvertible {
    var partition: UInt32
    var offset: Int64
    var index: UInt32?

    var description: String { "\(Topic.usageRaw.rawValue)/\(partition)/\(offset)" + (index.map { $0 > 0 ? "/\($0)" : "" } ?? "") }

    func holds(_ partition: UInt32, _ offset: Int64, _ index: UInt32) -> Bool {
        self.partition == partition && self.offset == offset && (self.index ?? index) == index
    }
}

extension RatedUsage {
    var rawPlace: RawUsagePlace { RawUsagePlace(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}

extension Usage {
    var rawPlace: RawUsagePlace { RawUsagePlace(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}

extension UsageMoved {
    var rawPlace: RawUsagePlace { RawUsagePlace(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}

extension UnratedUsage {
    var rawPlace: RawUsagePlace { RawUsagePlace(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}

extension UsageCorrected {
    var rawPlace: RawUsagePlace {
        if hasMoved { return moved.rawPlace }
        return (reversed.first ?? replacement.first)?.rawPlace ?? (hasRefused ? refused : refusedBefore).rawPlace
    }
}

extension SuspendedUsage {
    var rawPlace: RawUsagePlace { RawUsagePlace(partition: rawPartition, offset: rawOffset, index: rawIndex) }
}
