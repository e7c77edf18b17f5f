import Events
import Pipeline
import Quantities

extension NormalizeStage {
    /// Tells every account's partition which ticks this raw partition has been read up to: all that stood before the tick has been
    /// passed on.
    public func reached(
        _ position: Int64, partition: Int32, tables: NormalizeTables, state: inout NormalizeState, outbox: inout Outbox
    ) throws {
        let ticks = tables.ticks.ticks
        var at = tables.ticks.index(after: state.lastTick)
        let end = min(ticks.count, at + MediationLimits.ticksPerCall)
        while at < end {
            let tick = ticks[at]
            // A partition that came into being after the tick held nothing before it, and nobody waits for its barrier.
            if Int(partition) < tick.rawEndOffsets.count {
                guard position >= tick.rawEndOffsets[Int(partition)] else { return }
                emitBarriers(tick, from: partition, &outbox)
            }
            state.emitted(tick: tick.sequence)
            at += 1
        }
    }

    private func emitBarriers(_ tick: TickTable.Entry, from rawPartition: Int32, _ outbox: inout Outbox) {
        let count = tick.rawEndOffsets.count
        for partition in 0..<Int32(count) {
            var record = NormalizedRecord()
            record.meta = Meta(
                cause: tick.id, stage: Self.name.idTag, ordinal: UInt64(rawPartition) << 32 | UInt64(partition), engine: Engine.version)
            record.barrier = TickBarrier.with {
                $0.sequence = tick.sequence
                $0.timeMs = tick.timeMs
                $0.rawPartition = UInt32(rawPartition)
                $0.rawPartitionCount = UInt32(count)
            }
            outbox.emit(record, to: .usageNormalized, partition: partition)
        }
    }
}
