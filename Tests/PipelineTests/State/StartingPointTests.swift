import Events
import Pipeline
import Quantities
import Testing

/// Reads commands, and counts them in its state.
private struct Tally: Stage {
    struct State: StageState {
        var count = 0
        private var written = 0

        init(partition: Int32) {}

        mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
            var reader = EntryReader(value ?? UnsafeRawBufferPointer(start: nil, count: 0))
            let version = try reader.version(upTo: 2, of: "count")
            count = Int(reader.signed())
            written = count
            guard reader.isComplete else { throw EntryFault.broken(kind: "count", version: version) }
        }

        mutating func flush(into changelog: inout ChangelogWriter) {
            guard count != written else { return }
            written = count
            var value = EntryWriter()
            value.version(2, in: changelog.format)
            value.signed(Int64(count))
            changelog.put(key: [UInt8(ascii: "c")], value: value.bytes)
        }
    }

    static let name = StageName.number
    static let input = Topic.billingDrafts
    static let outputs: [Topic] = []
    static let changelog: Topic? = .stateNumber

    func step(_ record: InputRecord, tables: NoTables, state: inout State, outbox: inout Outbox) throws -> StepResult {
        state.count += 1
        return .done
    }
}

/// One partition of `Tally` with its log, its changelog and its group, where builds take turns.
private struct Rig {
    var input: [[UInt8]?] = []
    var changelog: [(key: [UInt8], value: [UInt8]?)] = []
    var group: Int64?
    var partitionCount: Int32 = 3
    var first: Int64 = 0

    mutating func publish(_ count: Int) { for _ in 0..<count { input.append(Array("\(input.count)".utf8)) } }

    private func record<R>(_ offset: Int64, _ body: (InputRecord) throws -> R) rethrows -> R? {
        guard let value = input[Int(offset)] else { return nil }
        return try value.withUnsafeBytes { value in
            try body(InputRecord(partition: 1, offset: offset, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value))
        }
    }

    private func restored(_ format: StateFormat) throws -> PartitionTask<Tally> {
        var task = PartitionTask<Tally>(partition: 1, position: 0, inputPartitionCount: partitionCount, format: format)
        for (offset, entry) in changelog.enumerated() {
            try entry.key.withUnsafeBytes { key in
                try (entry.value ?? []).withUnsafeBytes { value in
                    try task.restore(key: key, value: entry.value == nil ? nil : value, offset: Int64(offset))
                }
            }
        }
        return task
    }

    /// What a run begins with; throws what refuses it.
    func begun(_ format: StateFormat = .second) throws -> PartitionTask<Tally> {
        var task = try restored(format)
        let point = StartingPoint(
            stage: Tally.name, input: Tally.input, partition: 1, restored: task.restored, group: group, partitionCount: partitionCount,
            held: first..<Int64(input.count))
        task.begin(at: try point.offset(), group: group)
        if let expected = point.expected { try point.check(record(expected.offset) { RecordMark($0) }) }
        return task
    }

    /// Reads to the end and commits; an older build starts from its group's offset, whatever the changelog says.
    mutating func run(_ format: StateFormat = .second, asOlderBuild: Bool = false) throws {
        var task = try asOlderBuild ? restored(format) : begun(format)
        if asOlderBuild { task.begin(at: group ?? 0, group: group) }
        var outbox = Outbox()
        for offset in task.position..<Int64(input.count) {
            _ = try record(offset) { try task.step($0, stage: Tally(), tables: NoTables(), outbox: &outbox) }
        }
        try task.reached(end: Int64(input.count), stage: Tally(), tables: NoTables(), outbox: &outbox)
        task.flush(into: &outbox)
        for entry in outbox.entries {
            let key = Array(outbox.bytes[entry.key])
            if asOlderBuild, key.first == 0x80 { continue }
            changelog.append((key, entry.value.map { Array(outbox.bytes[$0]) }))
        }
        group = task.position
    }

    var position: InputPosition? { get throws { try restored(.second).restored.position } }
    var count: Int { get throws { try restored(.second).state.count } }
}

@Suite("Where a stage reads on")
struct StartingPointTests {
    @Test("a group without offsets goes on from the changelog's position, and counts nothing twice")
    func groupLost() throws {
        var rig = Rig()
        for _ in 1...3 {
            rig.publish(5)
            rig.group = nil
            try rig.run()
        }
        #expect(try rig.count == 15)
        #expect(rig.group == 15)
        #expect(try rig.position?.next == 15)
    }

    @Test("formats in turns, with traffic in each, the group whole: each record counts once")
    func formatsInTurns() throws {
        var rig = Rig()
        for format in [StateFormat.first, .second, .first, .second] {
            rig.publish(4)
            try rig.run(format)
        }
        #expect(try rig.count == 16)
        #expect(try rig.position?.next == 16)
    }

    @Test("the first format writes no position that an older build could not read; where there is one, it stays with the state")
    func firstFormat() throws {
        var rig = Rig()
        rig.publish(4)
        try rig.run(.first)
        #expect(try rig.position == nil)
        #expect(rig.changelog.count == 1 && rig.changelog[0].value?.count == 1, "the entry of an older build: one varint")
        try rig.run(.second)
        rig.publish(4)
        try rig.run(.first)
        #expect(try rig.position?.next == 8)
        rig.group = nil
        rig.publish(4)
        try rig.run(.first)
        #expect(try rig.count == 12)
    }

    @Test("an idle partition of an older build gets its position with the first run in the second format, before anything moves")
    func idle() throws {
        var rig = Rig()
        rig.publish(4)
        try rig.run(.first)
        try rig.run(.second)
        rig.group = nil
        rig.publish(1)
        try rig.run(.second)
        #expect(try rig.count == 5)
    }

    @Test("what holds no record, at the end too, moves the position")
    func holes() throws {
        var rig = Rig()
        rig.publish(2)
        try rig.run()
        rig.input += [nil, nil, nil]
        try rig.run()
        #expect(try rig.position?.next == 5)
        #expect(try rig.position?.last?.offset == 1)
        rig.group = nil
        rig.publish(1)
        try rig.run()
        #expect(try rig.count == 3)
    }

    @Test("an older build that went on in between counts, by its group")
    func olderBuildBetween() throws {
        var rig = Rig()
        rig.publish(4)
        try rig.run()
        rig.publish(4)
        try rig.run(.first, asOlderBuild: true)
        rig.publish(4)
        try rig.run()
        #expect(try rig.count == 12)
        #expect(try rig.position?.next == 12)
    }

    private func refusal(_ change: (inout Rig) throws -> Void) throws -> PositionFault? {
        var rig = Rig()
        rig.publish(4)
        try change(&rig)
        do { _ = try rig.begun() } catch let fault as PositionFault { return fault }
        return nil
    }

    @Test("refused: state with neither position nor group; not where there is neither state")
    func noPosition() throws {
        let fault = try refusal {
            try $0.run(.first)
            $0.group = nil
        }
        #expect(fault?.reason == .noPosition)
        #expect("\(try #require(fault))".contains("tollstream stage reset number --keep-state --to"))
        #expect(try refusal { $0.group = nil } == nil)
    }

    @Test("refused: an older build's state behind the position, where the group is gone")
    func olderBuildThenLost() throws {
        let fault = try refusal {
            try $0.run()
            $0.publish(2)
            try $0.run(.first, asOlderBuild: true)
            $0.group = nil
        }
        #expect(fault?.reason == .stateBehindPosition(4))
    }

    @Test("refused: another record at the place of the last one, or none; one that has expired is not missed")
    func otherRecord() throws {
        func mirrored(_ change: @escaping (inout Rig) -> Void) throws -> PositionFault? {
            try refusal {
                try $0.run()
                $0.publish(3)
                change(&$0)
            }
        }
        #expect(try mirrored { _ in } == nil)
        #expect(try mirrored { $0.input.removeFirst() }?.reason == .otherRecord(at: 3, isMissing: false))
        #expect(try mirrored { $0.input[3] = nil }?.reason == .otherRecord(at: 3, isMissing: true))
        #expect(
            try mirrored {
                $0.input[3] = nil
                $0.first = 4
            } == nil)
    }

    @Test("refused: a position or an offset beyond the end, records that expired unread, another partition count")
    func others() throws {
        #expect(
            try refusal {
                try $0.run()
                $0.input = []
            }?.reason == .beyondEnd(4, end: 0))
        #expect(try refusal { $0.group = 7 }?.reason == .beyondEnd(7, end: 4))
        #expect(
            try refusal {
                try $0.run()
                $0.publish(5)
                $0.first = 6
            }?.reason == .expired(from: 4, to: 6))
        #expect(
            try refusal {
                try $0.run()
                $0.partitionCount = 6
            }?.reason == .otherPartitionCount(written: 3, actual: 6))
    }
}
