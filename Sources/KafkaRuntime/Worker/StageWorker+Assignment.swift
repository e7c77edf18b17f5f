import CRdkafka
import Events
import Pipeline

/// Taking and giving back partitions.
extension StageWorker {
    /// Called from inside a poll, or from `close`.
    func rebalance(_ event: ClientCallbacks.RebalanceEvent, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let partitions = (0..<Int(list.pointee.cnt)).map { list.pointee.elems[$0].partition }
        do {
            switch event {
            case .assigned: try take(partitions)
            case .revoked: try giveBack(partitions)
            }
        } catch {
            callbackFailure = error
        }
    }

    private func take(_ partitions: [Int32]) throws {
        hasAssignment = true
        idleSinceMs = nil
        metrics.count(.rebalances)
        control.update {
            $0.rebalances += 1
            $0.partitions = partitions.sorted()
            $0.state = partitions.isEmpty ? .running : .restoring
        }
        logger.info("partitions assigned", metadata: ["partitions": "\(partitions.sorted())"])
        for partition in partitions { slots[Int(partition)] = PartitionSlot(partition: partition, position: 0) }
        do {
            try prepare(partitions)
        } catch {
            // The group goes on only after an answer; the loop tries again.
            try consumer.assignPaused(partitions.map { LogPosition(topic: S.input, partition: $0, offset: 0) })
            throw error
        }
    }

    /// The open transaction is committed before the partitions go, or aborted where they are gone already.
    private func giveBack(_ partitions: [Int32]) throws {
        defer {
            dropAll()
            hasAssignment = false
            consumer.unassign()
        }
        control.update {
            $0.partitions = []
            $0.lag = 0
            $0.state = .waitingForPartitions
        }
        let isLost = consumer.isAssignmentLost
        logger.info(isLost ? "partitions lost" : "partitions given back", metadata: ["partitions": "\(partitions.sorted())"])
        if isLost || callbackFailure != nil {
            try abort()
        } else {
            do {
                try commit()
                try sender.drain()
                try noteCommitted()
            } catch {
                try abort()
                throw error
            }
        }
    }

    /// Reads the committed offsets and starts over from them, paused until the state is restored, whose position may be another.
    func prepare(_ partitions: [Int32]) throws {
        restorer = nil
        let committed = try consumer.handle.committed(S.input, partitions: partitions)
        var starts: [LogPosition] = []
        for partition in partitions.sorted() {
            let position = try committed[partition] ?? inputWatermarks.handle.offsets(of: S.input, partition: partition).lowerBound
            slots[Int(partition)] = PartitionSlot(partition: partition, position: position, group: committed[partition])
            starts.append(LogPosition(topic: S.input, partition: partition, offset: position))
        }
        try consumer.assignPaused(starts)
    }

    func continueRestore() throws {
        let restoring = slots.compactMap { $0 }.filter(\.isRestoring)
        guard let changelog = S.changelog, let changelogReader else {
            try restoring.forEach(begin)
            return
        }
        if restorer == nil {
            let tasks = restoring.map { slot in
                PartitionTask<S>(partition: slot.partition, position: slot.assigned, inputPartitionCount: Int32(slots.count), format: format)
            }
            restorer = try Restorer(tasks, changelog: changelog, reader: changelogReader, watermarks: watermarks, logger: logger)
        }
        guard let current = restorer else { return }
        let isDone = try current.advance(budgetMs: 200)
        // Keeps the membership; a rebalance in here replaces the slots and drops the restorer.
        while try consumer.poll(timeoutMs: 0, { skip($0) }) {}
        guard isDone, restorer === current else { return }
        restorer = nil
        try finishRestore(current, restoring)
    }

    private func finishRestore(_ done: Restorer<S>, _ restoring: [PartitionSlot<S>]) throws {
        // A predecessor may have committed while its changelog was being read: state and offset must be of one commit.
        let committed = try consumer.handle.committed(S.input, partitions: restoring.map(\.partition))
        guard restoring.allSatisfy({ committed[$0.partition] == $0.group }) else {
            logger.info("a predecessor committed during the restore; restoring again")
            try prepare(restoring.map(\.partition))
            return
        }
        metrics.restored(entries: done.entries, seconds: done.seconds)
        control.update {
            $0.restoredEntries += done.entries
            $0.restoreSeconds = done.seconds
        }
        logger.info("restored", metadata: ["entries": "\(done.entries)", "seconds": "\(done.seconds)"])
        for (partition, task) in done.takeTasks() { slots[Int(partition)]?.task = task }
        try settle(restoring)
        try restoring.forEach(begin)
    }

    /// Finds where each partition is read on from.
    private func settle(_ restored: [PartitionSlot<S>]) throws {
        var expected: [(point: StartingPoint, mark: RecordMark)] = []
        for slot in restored {
            let point = StartingPoint(
                stage: S.name, input: S.input, partition: slot.partition, restored: slot.task.restored, group: slot.group,
                partitionCount: Int32(slots.count), held: try inputWatermarks.handle.offsets(of: S.input, partition: slot.partition))
            let start = try point.offset()
            if let mark = point.expected { expected.append((point, mark)) }
            slot.task.begin(at: start, group: slot.group)
            // Where the group says nothing, or less, it is told with the first commit.
            slot.committed = slot.group ?? (slot.task.owesPosition ? -1 : start)
            if start != slot.assigned { slot.hasSkipped = true }
        }
        guard !expected.isEmpty else { return }
        let places = expected.map { LogPosition(topic: S.input, partition: $0.point.partition, offset: $0.mark.offset) }
        let found = try RecordProbe(inputConfiguration, logger: logger).marks(at: places)
        for (point, _) in expected { try point.check(found[point.partition]) }
    }

    /// Starts, or goes on, reading a slot's partition from its task's position.
    func begin(_ slot: PartitionSlot<S>) throws {
        if slot.hasSkipped {
            try consumer.seek(S.input, partition: slot.partition, offset: slot.task.position)
            slot.hasSkipped = false
        }
        slot.phase = .running
        slot.needsReached = true
        slot.end = nil
        try consumer.resume(S.input, partition: slot.partition)
    }

    /// A record that was fetched before its partition was paused: it will be read again.
    func skip(_ polled: borrowing KafkaConsumer.Polled) {
        if !polled.isEnd { slots[Int(polled.partition)]?.hasSkipped = true }
    }
}
