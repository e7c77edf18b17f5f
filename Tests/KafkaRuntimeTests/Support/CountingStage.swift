import Events
import KafkaRuntime
import Pipeline
import Synchronization

/// Counts the records of each key, keeps the counts in its changelog and emits each new count.
struct CountingStage: Stage {
    struct State: StageState {
        var counts = EntityTable<[UInt8], Int>()

        init(partition: Int32) {}

        mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
            guard let value else { return counts.remove(Array(key), clean: true) }
            counts.set(Array(key), Int(text(value))!, clean: true)
        }

        mutating func flush(into changelog: inout ChangelogWriter) {
            var dirty: [([UInt8], Int)] = []
            counts.drainDirty { dirty.append(($0, $1!)) }
            for (key, count) in dirty { changelog.put(key: key, value: Array(String(count).utf8)) }
        }
    }

    static let name = StageName.aggregate
    static let input = Topic.usageRated
    static let outputs = [Topic.billingPeriods]
    static let changelog: Topic? = .stateAggregate
    static let topics: [Topic: Int32] = [.usageRated: 2, .billingPeriods: 2, .stateAggregate: 2]

    /// What a record's value makes the stage do, beside counting.
    let fault: Fault

    final class Fault: Sendable {
        private let armed: Mutex<String?>
        init(at value: String?) { armed = Mutex(value) }
        /// True once, at the value that was set.
        func strikes(at value: String) -> Bool {
            armed.withLock { armed in
                guard armed == value else { return false }
                armed = nil
                return true
            }
        }
    }

    init(failingOnceAt value: String? = nil) { fault = Fault(at: value) }

    func step(_ record: InputRecord, tables: NoTables, state: inout State, outbox: inout Outbox) throws -> StepResult {
        let key = Array(record.key)
        let count = (state.counts[key] ?? 0) + 1
        state.counts.set(key, count)
        outbox.put(.billingPeriods, key: key, value: Array(String(count).utf8))
        if let value = record.value, fault.strikes(at: text(value)) {
            throw KafkaError(code: "TEST", reason: "a failure that asks for an abort", place: "stepping", needsAbort: true)
        }
        return .done
    }
}
