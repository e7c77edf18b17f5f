import CRdkafka
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
        // A rebalance in a poll takes the run away with its slots.
        defer { run.removeAll() }
        var isTimeUp = false
        var polls = 0
        var came = true
        while !isBatchFull && !isTimeUp && !control.isStopping && callbackFailure == nil {
            // With a batch begun, first what is there already, and then a short sleep for more.
            let timeoutMs: Int32 = !run.isEmpty ? 0 : batch.steps > 0 ? (came ? 0 : 1) : (hasWork ? 0 : idlePollMs)
            came = try take(consumer.next(timeoutMs: timeoutMs))
            polls += 1
            if !came && !run.isEmpty {
                try stepRun()
                isTimeUp = batch.steps > 0 && batchAgeMs >= options.maxBatchMs
                continue
            }
            guard batch.steps > 0 || !run.isEmpty else {
                // Ends and rebalances came, or nothing did.
                if !came || polls >= 1000 { break }
                continue
            }
            // As long as the last commit is on its way this one would only wait for it.
            if !came && batchAgeMs >= options.lingerMs && !sender.hasCommit { break }
            if polls & 63 == 0 || !came { isTimeUp = batch.steps > 0 && batchAgeMs >= options.maxBatchMs }
        }
        if callbackFailure == nil { try stepRun() }
    }

    private func startBatch() {
        batch.start()
        idleSinceMs = nil
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

    /// False where nothing came.
    @inline(__always)
    private func take(_ next: KafkaConsumer.Next) throws -> Bool {
        switch next {
        case .nothing: return false
        case .event: break
        case .record(let message):
            if !run.takes(message) {
                do { try stepRun() } catch {
                    rd_kafka_message_destroy(message)
                    throw error
                }
            }
            run.append(message)
            if run.isFull { try stepRun() }
        case .end(let partition, let offset):
            try stepRun()
            if let slot = slots[Int(partition)], slot.isRunning, slot.end != offset {
                slot.end = offset
                slot.needsReached = true
            }
        }
        return true
    }

    /// Steps through the run, or marks it to be read again where its partition is not running.
    private func stepRun() throws {
        guard !run.isEmpty else { return }
        defer { run.removeAll() }
        guard let slot = slots[Int(run.partition)] else { return }
        guard slot.isRunning else {
            slot.hasSkipped = true
            return
        }
        if options.defersTables, !follower.isLoaded { try loadTables() }
        // It is to stop: the record was not stepped, and no end that was reported behind it may count.
        guard follower.isLoaded else {
            slot.phase = .restoring
            return
        }
        slot.end = nil
        slot.needsReached = true
        if batch.steps == 0 { startBatch() }
        try run.withRecords(readsHeaders: S.readsHeaders) { records in
            var first = 0
            while first < records.count {
                let rest = UnsafeBufferPointer(rebasing: records[first...])
                let (done, next) = try slot.task.step(rest, stage: stage, tables: follower.tables, outbox: &outbox)
                for record in rest[..<done] { batch.bytesIn += record.byteCount }
                batch.steps += done
                batch.recordsIn += done
                first += done
                if outbox.bytes.count >= sendThreshold { try send() }
                guard next != .done else { return }
                batch.steps += 1
                if case .waiting(let reason) = next {
                    try park(records[first], slot, waitsFor: reason)
                    return
                }
                if isBatchFull {
                    try park(records[first], slot, waitsFor: nil)
                    return
                }
            }
        }
    }

    /// Goes on with a record that more steps are to be taken for, or whose tables have changed.
    private func continueParked(_ slot: PartitionSlot<S>) throws {
        guard case .parked(let owned, let reason) = slot.phase, reason == nil || tablesChanged, !isBatchFull else { return }
        if batch.steps == 0 { startBatch() }
        try owned.withRecord { record in
            while true {
                batch.steps += 1
                let result = try slot.task.step(record, stage: stage, tables: follower.tables, outbox: &outbox)
                if outbox.bytes.count >= sendThreshold { try send() }
                switch result {
                case .done:
                    batch.recordsIn += 1
                    batch.bytesIn += record.byteCount
                    slot.hasSkipped = true
                    return try begin(slot)
                case .again:
                    slot.phase = .parked(owned, waitsFor: nil)
                    if isBatchFull { return }
                case .waiting(let reason):
                    slot.phase = .parked(owned, waitsFor: reason)
                    return
                }
            }
        }
    }

    /// What follows the record was fetched already, and is read again when the record is done.
    private func park(_ record: InputRecord, _ slot: PartitionSlot<S>, waitsFor reason: String?) throws {
        slot.phase = .parked(OwnedRecord(record), waitsFor: reason)
        slot.hasSkipped = true
        try consumer.pause(S.input, partition: slot.partition)
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

    /// Hands over what the outbox holds.
    private func send() throws {
        batch.recordsOut += outbox.entries.count
        batch.bytesOut += outbox.bytes.count
        for (tally, count) in outbox.tallies { batch.tallies[tally, default: 0] += count }
        if outbox.isEmpty { outbox.removeAll() } else { try sender.send(&outbox) }
    }

    /// Hands over the commit of outputs, changelog and offsets together. Nothing happens where nothing was done.
    func commit() throws {
        for case let slot? in slots where !slot.isRestoring { slot.task.flush(into: &outbox) }
        try send()
        guard batch.recordsOut > 0 || batch.recordsIn > 0 else {
            // Records that only wait were stepped in vain.
            batch.steps = 0
            return
        }
        let live = slots.compactMap { $0 }.filter { !$0.isRestoring }
        // Where none moved (a tick alone made outputs) they go along all the same: only with them a worker that lost its place is refused.
        let moved = live.filter { $0.task.position != $0.committed }
        let offsets = (moved.isEmpty && batch.recordsOut > 0 ? live : moved).map {
            LogPosition(topic: S.input, partition: $0.partition, offset: $0.task.position)
        }
        if batch.startedNs == 0 { batch.start() }
        try sender.commit(offsets.isEmpty ? nil : TransactionOffsets(offsets, of: consumer), batch)
        for slot in moved { slot.committed = slot.task.position }
        batch = Batch()
    }

    /// Counts what was committed since the last look. Throws where sending or a commit failed.
    func noteCommitted() throws {
        for done in sender.takeCommitted() { note(done) }
        try sender.check()
    }

    private func note(_ done: TransactionSender.Committed) {
        consecutiveFailures = 0
        var totalLag: Int64 = 0
        for case let slot? in slots where !slot.isRestoring {
            let lag = max(0, (consumer.knownEnd(S.input, partition: slot.partition) ?? slot.committed) - slot.committed)
            totalLag += lag
            metrics.lag(slot.partition, lag)
        }
        let batch = done.batch
        metrics.count(.commits)
        metrics.committed(
            recordsIn: batch.recordsIn, bytesIn: batch.bytesIn, recordsOut: batch.recordsOut, bytesOut: batch.bytesOut,
            batchSeconds: Double(done.nowNs - batch.startedNs) / 1e9, commitSeconds: done.commitSeconds)
        for (tally, count) in batch.tallies { metrics.tally(tally, count) }
        control.update {
            $0.commits += 1
            $0.recordsIn += batch.recordsIn
            $0.recordsOut += batch.recordsOut
            $0.bytesIn += batch.bytesIn
            $0.bytesOut += batch.bytesOut
            if batch.recordsIn > 0 {
                if $0.firstBatchNs == 0 { ($0.firstBatchNs, $0.firstBatchCPUNs) = (batch.startedNs, batch.startedCPUNs) }
                ($0.lastCommitNs, $0.lastCommitCPUNs) = (done.nowNs, done.cpuNs)
            }
            $0.lag = totalLag
        }
    }
}
