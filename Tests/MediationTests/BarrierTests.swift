import Events
import Mediation
import Pipeline
import Quantities
import Testing

@Suite("Tick barriers")
struct BarrierTests {
    /// The task under test reads the last of four raw partitions.
    static let ends: [Int64] = [9, 9, 9, 2]

    @Test("go to every partition, once the raw partition has been read to the tick's end")
    func barriers() throws {
        var mediator = Mediator()
        mediator.tick(1, ends: Self.ends)
        mediator.reached(1)
        #expect(mediator.take().normalized.isEmpty)
        mediator.reached(2)
        let emitted = mediator.take().normalized
        #expect(emitted.map(\.partition) == [0, 1, 2, 3])
        let expected = TickBarrier.with {
            $0.sequence = 1
            $0.timeMs = 1000
            $0.rawPartition = 3
            $0.rawPartitionCount = 4
        }
        for (_, _, record) in emitted {
            #expect(record.barrier == expected)
            #expect(record.meta.cause == EventID(high: 1, low: 1))
        }
        #expect(Set(emitted.map(\.record.meta.id)).count == 4)
        mediator.reached(3)
        #expect(mediator.take().normalized.isEmpty, "a tick's barriers are emitted once")
    }

    @Test("of several ticks come in order, up to the first that is not reached")
    func several() {
        var mediator = Mediator()
        for sequence in 1...5 { mediator.tick(Int64(sequence), ends: [0, 0, 0, Int64(sequence)]) }
        mediator.tick(3, ends: [0, 0, 0, 0])
        mediator.reached(3)
        #expect(mediator.take().normalized.map(\.record.barrier.sequence) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
        mediator.reached(9)
        #expect(mediator.take().normalized.map(\.record.barrier.sequence) == [4, 4, 4, 4, 5, 5, 5, 5])
    }

    @Test("survive a restore")
    func restore() throws {
        var mediator = Mediator()
        mediator.tick(1, ends: Self.ends)
        mediator.reached(2)
        mediator.outbox.removeAll()
        mediator.task.flush(into: &mediator.outbox)
        let entries = mediator.outbox.entries
        // The position stands behind it.
        #expect(entries.count == 2 && entries[0].topic == .stateNormalize && entries[0].partition == 3)
        var task = PartitionTask<NormalizeStage>(partition: 3, position: 2)
        let (key, value) = (Array(mediator.outbox.bytes[entries[0].key]), Array(mediator.outbox.bytes[entries[0].value!]))
        try key.withUnsafeBytes { key in try value.withUnsafeBytes { try task.restore(key: key, value: $0) } }
        task.finishRestore()
        #expect(task.state.lastTick == 1)
        mediator.task = task
        mediator.outbox.removeAll()
        mediator.reached(2)
        #expect(mediator.take().normalized.isEmpty)
        mediator.tick(2, ends: Self.ends)
        mediator.reached(2)
        #expect(mediator.take().normalized.count == 4)
    }

    @Test("of a partition younger than the tick are not emitted")
    func young() {
        var mediator = Mediator()
        mediator.tick(1, ends: [4])
        mediator.reached(0)
        #expect(mediator.take().normalized.isEmpty)
        #expect(mediator.task.state.lastTick == 1)
    }
}
