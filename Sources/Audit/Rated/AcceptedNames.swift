import Events
import Pipeline
import Quantities

/// Finds names that were accepted in two partitions: of a usage that was charged to two accounts, which no partition can see alone.
///
/// Eight bytes a usage, and so many of them at a time that memory is bounded: where there are more, names are looked at in slices, each in a walk of its own
/// over usage.rated and usage.normalized. What looks like two of a name is then looked at once more, whole.
struct AcceptedNames {
    /// Which slice of the names is being looked at, of how many; a power of two.
    private var slice: UInt64 = 0
    private var slices: UInt64 = 1
    private let limit: Int
    /// 52 bits of the name, 12 of the partition.
    private var entries: ContiguousArray<UInt64> = []
    /// 52 bits of each name that came in two partitions, as far as they tell.
    private(set) var suspects: Set<UInt64> = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ identity: UsageIdentity, partition: Int32) {
        let print = Self.print(identity)
        guard isInSlice(print) else { return }
        entries.append(print | UInt64(UInt32(bitPattern: partition) & 0xfff))
        // The first slice says how many there are; hashes spread evenly, so that the others are no larger.
        while entries.count > limit, slice == 0, slices < 1 << 16 {
            slices *= 2
            let (mask, slice) = (slices - 1, slice)
            entries.removeAll { $0 >> 12 & mask != slice }
        }
    }

    private func isInSlice(_ entry: UInt64) -> Bool { entry >> 12 & (slices - 1) == slice }

    /// Ends the slice, and begins the next one, which is to be walked; false where there is none.
    mutating func next() -> Bool {
        suspects.formUnion(Self.suspects(&entries))
        entries.removeAll(keepingCapacity: true)
        slice += 1
        return slice < slices
    }

    static func print(_ identity: UsageIdentity) -> UInt64 { identity.high & ~0xfff }

    private static func suspects(_ entries: inout ContiguousArray<UInt64>) -> Set<UInt64> {
        entries.sort()
        var found: Set<UInt64> = []
        for place in entries.indices.dropFirst() where entries[place] != entries[place - 1] && entries[place] >> 12 == entries[place - 1] >> 12 {
            found.insert(entries[place] & ~0xfff)
        }
        return found
    }
}

extension AuditRun {
    /// Behind the join of all partitions.
    mutating func finishNames() throws {
        while names.next() { try walkAccepted { run, usage, partition, _ in run.names.add(usage.identity, partition: partition) } }
        let suspects = names.suspects
        if suspects.isEmpty { return }
        var seen: [EventID: [(content: UInt32, partition: Int32, offset: Int64)]] = [:]
        try walkAccepted { run, usage, partition, offset in
            let identity = usage.identity
            guard suspects.contains(AcceptedNames.print(identity)) else { return }
            let others = seen[identity.name] ?? []
            seen[identity.name, default: []].append((identity.content, partition, offset))
            guard let other = others.first(where: { $0.partition != partition && ($0.content == identity.content || !usage.billsConflicts) }) else { return }
            let place = "\(Topic.usageRated.rawValue)/\(other.partition)/\(other.offset)"
            run.findings.add(.duplicates, .usageRated, partition, offset, "accepts a usage that another account was charged for at \(place)")
        }
    }

    /// Each usage that was rated or rejected, and is its account's still, with its place in usage.rated. Of what a move brought lately the correction that
    /// sent it may lie behind the cut: it is left to the next audit.
    private mutating func walkAccepted(_ body: (inout AuditRun, Usage, Int32, Int64) -> Void) throws {
        let log = log
        for partition in cut.partitions(of: .usageRated) {
            var cursor = NormalizedCursor(log: log, partition: partition, range: cut.range(of: .usageNormalized, partition))
            let rateEnd = cut.position(of: .rate, partition)
            try log.read(.usageRated, partition: partition, cut.range(of: .usageRated, partition)) { record in
                guard let value = record.value, let rated = try? RatedRecord(serializedBytes: BorrowedBytes(value)), Self.isAccepted(rated) else { return true }
                // What went to another holder since is charged there.
                if moves.takenBack.contains(rated.meta.id) { return true }
                if let usage = try cursor.usage(at: rated.normalizedOffset), !usage.hasMoved || rated.normalizedOffset < rateEnd {
                    body(&self, usage, partition, record.offset)
                }
                return true
            }
        }
    }

    private static func isAccepted(_ rated: RatedRecord) -> Bool {
        switch rated.body {
        case .usage(let usage): usage.part == 0
        case .unrated(let unrated): unrated.rejected
        default: false
        }
    }
}
