import Events
import Mediation
import Pipeline
import Quantities
import Testing

/// A move stage with its directory.
private struct Mover {
    var tables = MoveTables()
    var task = PartitionTask<MoveStage>(partition: 0, position: 0)
    private var outbox = Outbox()
    private var offset: Int64 = 0

    mutating func assign(_ identifier: String, revision: Int64, _ holders: [(subscription: String, from: Int64, to: Int64)]) throws {
        let entry = DirectoryEntry.with {
            $0.identifier = identifier
            $0.revision = revision
            $0.assignments = holders.map { holder in
                .with {
                    $0.account = "of-" + holder.subscription
                    $0.subscription = holder.subscription
                    ($0.fromMs, $0.toMs, $0.firstToMs) = (holder.from, holder.to, holder.to == 0 ? 0 : .max)
                    $0.event = EventRef(EventID(high: 9, low: UInt64(holder.from)))
                }
            }
        }.wire
        try entry.withUnsafeBytes { try tables.apply(.customersDirectory, InputRecord(partition: 0, offset: 0, key: $0.prefixPointer(0), value: $0)) }
    }

    /// What the move of a call of that time comes to.
    mutating func move(at startMs: Int64, of served: String = "user:1", revision: Int64 = 0) throws -> String {
        let move = UsageMove.with {
            $0.meta = Meta(id: EventID(high: 3, low: UInt64(startMs)), cause: .none, engine: 1)
            $0.revision = revision
            $0.usage = .with {
                ($0.account, $0.subscription, $0.startMs, $0.rawOffset) = ("of-a", "a", startMs, 77)
                $0.parties.served = served
            }
        }.wire
        let result = try move.withUnsafeBytes {
            try task.step(InputRecord(partition: 0, offset: offset, key: $0.prefixPointer(0), value: $0), stage: MoveStage(), tables: tables, outbox: &outbox)
        }
        if case .waiting(let what) = result { return "waits for " + what.prefix { $0 != "y" } }
        offset += 1
        defer { outbox.removeAll() }
        return try outbox.entries.map { entry in
            let (key, value) = (String(decoding: outbox.bytes[entry.key], as: UTF8.self), Array(outbox.bytes[entry.value!]))
            guard entry.topic == .usageNormalized else {
                let suspended = try SuspendedUsage(serializedBytes: value)
                #expect(suspended.usage.account == "of-a" && suspended.rawOffset == 77 && suspended.stage == "move" && suspended.subscriber == served)
                return suspended.reason
            }
            let record = try NormalizedRecord(serializedBytes: value)
            let (usage, moved) = (record.usage, record.usage.moved)
            #expect(key == usage.account && usage.rawOffset == 77 && moved.event.id == EventID(high: 3, low: UInt64(startMs)))
            #expect(record.meta.cause == moved.event.id && record.meta.id == EventID(cause: moved.event.id, stage: StageName.move.idTag, ordinal: 0))
            return "\(usage.account)/\(usage.subscription) by \(moved.revision)"
        }.joined(separator: "; ")
    }
}

@Suite("Moving usage to its holder")
struct MoveStageTests {
    @Test("to whoever holds the identifier now, though others were first; without a holder it is suspended")
    func holders() throws {
        var mover = Mover()
        try mover.assign("user:1", revision: 4, [("a", 100, 200), ("b", 200, 300), ("a", 400, 0)])
        let cases: [(Int64, String)] = [
            (99, "no-subscription-at-time"), (150, "of-a/a by 4"), (200, "of-b/b by 4"), (299, "of-b/b by 4"), (300, "no-subscription-at-time"),
            (400, "of-a/a by 4"),
        ]
        for (ms, expected) in cases { #expect(try mover.move(at: ms) == expected, "at \(ms)") }
        #expect(try mover.move(at: 150, of: "user:2") == "unknown-subscriber")
        #expect(try mover.move(at: 150, of: "user:2", revision: 1).hasPrefix("waits"))
    }

    @Test("a directory that is behind what the sender was told is waited for")
    func waits() throws {
        var mover = Mover()
        try mover.assign("user:1", revision: 1, [("a", 100, 0)])
        #expect(try mover.move(at: 250, revision: 2).hasPrefix("waits for revision 2"))
        try mover.assign("user:1", revision: 3, [("a", 100, 200), ("b", 200, 0)])
        #expect(try mover.move(at: 250, revision: 2) == "of-b/b by 3")
    }

    @Test("an entry older than the one by which it had no holder does not send it on again")
    func olderEntry() throws {
        var recycler = Recycler()
        try recycler.assign("user:1", from: 200, revision: 4)
        try recycler.step(
            .with {
                $0.meta = Meta(id: EventID(high: 1, low: 5), cause: .none, engine: 1)
                ($0.stage, $0.reason, $0.subscriber, $0.startMs) = ("move", SuspenseReason.noSubscriptionAtTime.rawValue, "user:1", 250)
                $0.usage = .with { ($0.account, $0.startMs, $0.rawOffset) = ("of-a", 250, 77) }
                $0.directoryRevision = 5
            })
        try recycler.reached()
        #expect(try recycler.moves() == [])
        var changelog: [(key: [UInt8], value: [UInt8]?)] = []
        try recycler.restart(&changelog)
        try recycler.assign("user:1", from: 200, revision: 6)
        try recycler.reached()
        #expect(try recycler.moves().map(\.revision) == [6])
    }

    @Test("what had no holder goes on by itself once it has one, as a move and not as a raw record")
    func recycled() throws {
        var recycler = Recycler()
        let suspended = SuspendedUsage.with {
            $0.meta = Meta(id: EventID(high: 1, low: 5), cause: .none, engine: 1)
            ($0.stage, $0.reason, $0.subscriber, $0.startMs) = ("move", SuspenseReason.noSubscriptionAtTime.rawValue, "user:1", 250)
            $0.usage = .with { ($0.account, $0.startMs, $0.rawOffset) = ("of-a", 250, 77) }
        }
        try recycler.step(suspended)
        #expect(try recycler.moves() == [])
        var changelog: [(key: [UInt8], value: [UInt8]?)] = []
        try recycler.restart(&changelog)
        try recycler.assign("user:1", from: 200)
        try recycler.reached()
        let moves = try recycler.moves()
        #expect(moves.map(\.usage) == [suspended.usage])
        #expect(moves.map(\.recycles.id) == [suspended.meta.id])
        try recycler.reached()
        #expect(try recycler.moves() == [])
    }
}

extension Recycler {
    fileprivate mutating func step(_ message: SuspendedUsage) throws {
        let bytes = message.wire
        try bytes.withUnsafeBytes { value in
            let record = InputRecord(partition: 0, offset: 0, key: value.prefixPointer(0), value: value)
            let result = try task.step(record, stage: RecycleStage(), tables: tables, outbox: &outbox)
            #expect(result == .done)
        }
    }

    fileprivate mutating func moves() throws -> [UsageMove] {
        #expect(!outbox.entries.contains { $0.topic == .usageRaw })
        let moves = try outbox.entries.filter { $0.topic == .usageMoves }.map { try UsageMove(serializedBytes: Array(outbox.bytes[$0.value!])) }
        outbox.removeAll()
        return moves
    }
}
