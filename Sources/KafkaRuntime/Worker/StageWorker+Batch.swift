import Events
import Pipeline

/// Filling a transaction, and committing it.
extension StageWorker {
    /// How long an idle worker sleeps before it looks at its tables again.
    private var idlePollMs: Int32 { 20 }
    /// Outputs go to the client's buffer in pieces, so that sending overlaps with stepping.
    private var sendThreshold: Int { 256 << 10 }

    /// Steps records until the batch is full, the input has run dry or time is up.
    func fillBatch() throws {
        for case let slot? in slots { try continueParked(slot) }
        var isTimeUp = false
        var polls = 0
        var came = true
        while !isBatchFull && !isTimeUp && !control.isStopping && callbackFailure == nil {
            // With a batch begun, first what is there already, and then a short sleep for more.
            let timeoutMs: Int32 = batch.steps > 0 ? (came ? 0 : 1) : (hasWork ? 0 : idlePollMs)
            came = try consumer.poll(timeoutMs: timeoutMs) { polled in try take(polled) }
            polls += 1
            guard batch.steps > 0 else {
                // Ends and rebalances came, or nothing did.
                if !came || polls >= 1000 { break }
                continue
            }
            if !came && batchAgeMs >= options.lingerMs { break }
            if polls & 63 == 0 || !came { isTimeUp = batchAgeMs >= options.maxBatchMs }
        }
    }

    private var batchAgeMs: Int64 { (Monotonic.nowNs - batch.startedNs) / 1_000_000 }

    private var hasWork: Bool {
        slots.contains { slot in
            guard let slot else { return false }
            if case .parked(_, nil) = slot.phase { return true }
            return slot.needsReached
        }
    }

    private var isBatchFull: Bool {
        batch.steps >= options.maxBatchRecords || batch.bytesIn + batch.bytesOut + outbox.bytes.count >= options.maxBatchBytes
    }

    @inline(__always)
    private func take(_ polled: borrowing KafkaConsumer.Polled) throws {
        guard let slot = slots[Int(polled.partition)], slot.isRunning else {
            skip(polled)
            return
        }
        if polled.isEnd {
            if slot.end != polled.offset {
                slot.end = polled.offset
                slot.needsReached = true
            }
            return
        }
        slot.end = nil
        slot.needsReached = true
        try step(consumer.record(polled, readsHeaders: S.readsHeaders), slot, isParked: false)
    }

    private func continueParked(_ slot: PartitionSlot<S>) throws {
        guard case .parked(let owned, let reason) = slot.phase, reason == nil || tablesChanged, !isBatchFull else { return }
        try owned.withRecord { try step($0, slot, isParked: true) }
    }

    @inline(__always)
    private func step(_ record: InputRecord, _ slot: PartitionSlot<S>, isParked: Bool) throws {
        if batch.steps == 0 { batch.startedNs = Monotonic.nowNs }
        while true {
            batch.steps += 1
            let result = try slot.task.step(record, stage: stage, tables: follower.tables, outbox: &outbox)
            if outbox.bytes.count >= sendThreshold { try send() }
            switch result {
            case .done:
                batch.recordsIn += 1
                batch.bytesIn += record.key.count + (record.value?.count ?? 0)
                if isParked {
                    slot.hasSkipped = true
                    try begin(slot)
                }
                return
            case .again:
                if isBatchFull {
                    try park(record, slot, isParked, waitsFor: nil)
                    return
                }
            case .waiting(let reason):
                try park(record, slot, isParked, waitsFor: reason)
                return
            }
        }
    }

    private func park(_ record: InputRecord, _ slot: PartitionSlot<S>, _ isParked: Bool, waitsFor reason: String?) throws {
        slot.phase = .parked(isParked ? parked(slot) ?? OwnedRecord(record) : OwnedRecord(record), waitsFor: reason)
        if !isParked { try consumer.pause(S.input, partition: slot.partition) }
    }

    private func parked(_ slot: PartitionSlot<S>) -> OwnedRecord? {
        if case .parked(let owned, _) = slot.phase { return owned }
        return nil
    }

    /// Tells the stage how far each partition has been read.
    func reachEnds() throws {
        for case let slot? in slots where slot.needsReached {
            switch slot.phase {
            case .restoring, .parked(_, nil): continue
            case .running: try slot.task.reached(end: slot.end ?? slot.task.position, stage: stage, tables: follower.tables, outbox: &outbox)
            case .parked: try slot.task.reached(end: slot.task.position, stage: stage, tables: follower.tables, outbox: &outbox)
            }
            slot.needsReached = false
        }
    }

    /// Sends what the outbox holds, in a transaction that is begun with the first record.
    private func send() throws {
        guard !outbox.isEmpty || !outbox.tallies.isEmpty else { return }
        if !outbox.isEmpty {
            if !producer.isInTransaction { try producer.begin() }
            try producer.send(outbox)
        }
        batch.recordsOut += outbox.entries.count
        batch.bytesOut += outbox.bytes.count
        for (tally, count) in outbox.tallies { batch.tallies[tally, default: 0] += count }
        outbox.removeAll()
    }

    /// Commits outputs, changelog and offsets together. Nothing happens where nothing was done.
    func commit() throws {
        let commitStartedNs = Monotonic.nowNs
        for case let slot? in slots where !slot.isRestoring { slot.task.flush(into: &outbox) }
        try send()
        guard producer.isInTransaction || batch.recordsIn > 0 else {
            // Records that only wait were stepped in vain.
            batch.steps = 0
            return
        }
        var offsets: [LogPosition] = []
        for case let slot? in slots where !slot.isRestoring && slot.task.position != slot.committed {
            offsets.append(LogPosition(topic: S.input, partition: slot.partition, offset: slot.task.position))
        }
        if !offsets.isEmpty {
            if !producer.isInTransaction { try producer.begin() }
            try producer.sendOffsets(offsets, of: consumer)
        }
        if producer.isInTransaction { try producer.commit() }
        noteCommitted(commitStartedNs)
    }

    private func noteCommitted(_ commitStartedNs: Int64) {
        consecutiveFailures = 0
        let nowNs = Monotonic.nowNs
        var totalLag: Int64 = 0
        for case let slot? in slots where !slot.isRestoring {
            slot.committed = slot.task.position
            let lag = max(0, (consumer.knownEnd(S.input, partition: slot.partition) ?? slot.task.position) - slot.task.position)
            totalLag += lag
            metrics.lag(slot.partition, lag)
        }
        metrics.count(.commits)
        metrics.committed(
            recordsIn: batch.recordsIn, bytesIn: batch.bytesIn, recordsOut: batch.recordsOut, bytesOut: batch.bytesOut,
            batchSeconds: Double(nowNs - (batch.startedNs == 0 ? commitStartedNs : batch.startedNs)) / 1e9,
            commitSeconds: Double(nowNs - commitStartedNs) / 1e9)
        for (tally, count) in batch.tallies { metrics.tally(tally, count) }
        let done = batch
        control.update {
            $0.commits += 1
            $0.recordsIn += done.recordsIn
            $0.recordsOut += done.recordsOut
            $0.lag = totalLag
        }
        batch = Batch()
    }
}
