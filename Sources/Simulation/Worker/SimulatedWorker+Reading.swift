import Events
import Pipeline

extension SimulatedWorker {
    /// Reads tables and changelogs up to the ends that were captured when it began; until readers can get there, it waits.
    func restore() throws -> Bool {
        if let orphan {
            // What the same transactional id left open is aborted when it comes back.
            log.abort(orphan)
            self.orphan = nil
            return true
        }
        if generation != group.generation {
            generation = group.generation
            restoreTargets = nil
        }
        let partitions = group.partitions(of: number)
        if restoreTargets == nil {
            var offsets: [Int64?] = []
            for partition in partitions {
                guard case .known(let offset) = log.stableOffset(S.name, partition: partition) else { return false }
                offsets.append(offset)
            }
            restoreTargets = RestoreTargets(
                tables: S.tableTopics.map { topic in (0..<log.count(of: topic)).map { log.end(of: topic, partition: $0) } },
                changelogs: partitions.map { partition in S.changelog.map { log.end(of: $0, partition: partition) } ?? 0 },
                offsets: offsets)
        }
        guard let targets = restoreTargets, canReach(targets, partitions) else { return false }
        _ = try followTables()
        tasks = []
        for (partition, offset) in zip(partitions, targets.offsets) { tasks.append(try restoredTask(partition, offset)) }
        committedPositions = tasks.map(\.position)
        waits = Array(repeating: nil, count: tasks.count)
        restoreTargets = nil
        hasNews = true
        phase = .stepping
        return true
    }

    private func canReach(_ targets: RestoreTargets, _ partitions: [Int32]) -> Bool {
        for (topic, ends) in zip(S.tableTopics, targets.tables) {
            for (partition, end) in ends.enumerated() where log.lastStableOffset(of: topic, partition: Int32(partition)) < end { return false }
        }
        guard let changelog = S.changelog else { return true }
        return zip(partitions, targets.changelogs).allSatisfy { log.lastStableOffset(of: changelog, partition: $0) >= $1 }
    }

    private func restoredTask(_ partition: Int32, _ group: Int64?) throws -> PartitionTask<S> {
        var task = PartitionTask<S>(
            partition: partition, position: 0, inputPartitionCount: log.count(of: S.input), format: max(self.group.format, S.oldestFormat))
        if let changelog = S.changelog {
            try log.read(changelog, partition: partition, 0..<Int64.max) { record in
                try task.restore(key: record.key, value: record.value, offset: record.offset)
                return true
            }
        }
        task.finishRestore()
        let point = StartingPoint(
            stage: S.name, input: S.input, partition: partition, restored: task.restored, group: group, partitionCount: log.count(of: S.input),
            held: 0..<log.end(of: S.input, partition: partition))
        task.begin(at: try point.offset(), group: group)
        if let expected = point.expected { try point.check(log.mark(S.input, partition: partition, at: expected.offset)) }
        return task
    }

    /// True where a table topic had something new.
    func followTables() throws -> Bool {
        if tablePositions.isEmpty {
            tablePositions = S.tableTopics.map { Array(repeating: 0, count: Int(log.count(of: $0))) }
        }
        var changed = false
        for (which, topic) in S.tableTopics.enumerated() {
            for partition in 0..<log.count(of: topic) {
                let end = log.lastStableOffset(of: topic, partition: partition)
                let from = tablePositions[which][Int(partition)]
                if from >= end { continue }
                try log.read(topic, partition: partition, from..<end) { record in
                    try tables.apply(topic, record)
                    changed = true
                    return true
                }
                tablePositions[which][Int(partition)] = end
            }
        }
        return changed
    }

    /// Steps one task through up to `limit` records. False where there was none.
    func step(_ place: Int, atMost limit: Int) throws -> Bool {
        if waits[place] != nil { return false }
        let partition = tasks[place].partition
        var steps = 0
        try log.read(S.input, partition: partition, tasks[place].position..<Int64.max) { record in
            while steps < limit {
                steps += 1
                switch try tasks[place].step(record, stage: definition, tables: tables, outbox: &outbox) {
                case .done: return steps < limit
                case .again: continue
                case .waiting(let reason):
                    waits[place] = reason
                    steps -= 1
                    return false
                }
            }
            return false
        }
        return steps > 0
    }

    /// Passes over holes up to the next record, and tells the stage how far its partition has been read.
    func reached(_ place: Int) throws {
        let partition = tasks[place].partition
        var end = log.lastStableOffset(of: S.input, partition: partition)
        log.read(S.input, partition: partition, tasks[place].position..<end) { record in
            end = record.offset
            return false
        }
        try tasks[place].reached(end: end, stage: definition, tables: tables, outbox: &outbox)
    }
}
