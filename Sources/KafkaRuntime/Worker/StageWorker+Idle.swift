import Pipeline

/// Resting where the broker does not let an empty fetch wait.
extension StageWorker {
    /// Called when a poll brought nothing and no batch is begun.
    func brakeIfIdle() throws {
        let reading = slots.compactMap { $0 }.filter { $0.isRunning }
        guard reading.allSatisfy({ $0.end != nil }) else { return }
        guard brake.nothingCame(answers: consumer.handle.fetchAnswers, nowMs: Monotonic.nowMs) == .rest else { return }
        try consumer.pause(reading.map { LogPosition(topic: S.input, partition: $0.partition, offset: 0) })
        let untilMs = Monotonic.nowMs + brake.restMs
        // The polls keep the membership; a rebalance in here puts other slots in the place of these.
        while callbackFailure == nil, !control.isStopping {
            let leftMs = untilMs - Monotonic.nowMs
            if leftMs <= 0 { break }
            _ = try consumer.poll(timeoutMs: Int32(leftMs)) { polled in skip(polled) }
        }
        let still = reading.filter { slot in slot.isRunning && slots[Int(slot.partition)] === slot }
        for slot in still where slot.hasSkipped {
            try consumer.seek(S.input, partition: slot.partition, offset: slot.task.position)
            slot.hasSkipped = false
        }
        try consumer.resume(still.map { LogPosition(topic: S.input, partition: $0.partition, offset: 0) })
        _ = brake.nothingCame(answers: consumer.handle.fetchAnswers, nowMs: untilMs + 1)
    }
}
