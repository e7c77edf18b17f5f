import Pipeline

/// The names of a worker's metrics, in one place.
struct WorkerMetrics {
    let registry: MetricsRegistry
    let stage: String
    let labels: MetricsRegistry.Labels

    init(_ registry: MetricsRegistry, stage: StageName, worker: Int) {
        self.registry = registry
        self.stage = stage.rawValue
        labels = [("stage", stage.rawValue), ("worker", String(worker))]
    }

    func committed(recordsIn: Int, bytesIn: Int, recordsOut: Int, bytesOut: Int, batchSeconds: Double, commitSeconds: Double) {
        registry.add("tollstream_records_in_total", Double(recordsIn), labels, help: "Input records committed")
        registry.add("tollstream_bytes_in_total", Double(bytesIn), labels, help: "Bytes of input committed")
        registry.add("tollstream_records_out_total", Double(recordsOut), labels, help: "Records produced and committed, changelog included")
        registry.add("tollstream_bytes_out_total", Double(bytesOut), labels, help: "Bytes produced and committed")
        registry.set("tollstream_batch_records", Double(recordsIn), labels, help: "Input records in the last transaction")
        registry.observe("tollstream_batch_seconds", seconds: batchSeconds, labels, help: "From the first record of a transaction to its commit")
        registry.observe("tollstream_commit_seconds", seconds: commitSeconds, labels, help: "Delivering, sending offsets and committing")
    }

    func tally(_ tally: Outbox.Tally, _ count: Int) {
        registry.add(
            "tollstream_outcomes_total", Double(count), labels + [("outcome", tally.name), ("reason", tally.label)],
            help: "What became of records, such as suspended, by reason")
    }

    func lag(_ partition: Int32, _ lag: Int64) {
        registry.set(
            "tollstream_lag_records", Double(lag), [("stage", stage), ("partition", String(partition))], help: "Records behind the partition's end")
    }

    func forget(_ partition: Int32) {
        registry.remove("tollstream_lag_records", [("stage", stage), ("partition", String(partition))])
    }

    func restored(entries: Int, seconds: Double) {
        registry.add("tollstream_restored_entries_total", Double(entries), labels, help: "Changelog records read to restore state")
        registry.set("tollstream_restore_seconds", seconds, labels, help: "How long the last restore took")
    }

    func count(_ event: Event) { registry.add("tollstream_\(event.rawValue)_total", 1, labels, help: event.help) }

    enum Event: String {
        case commits, aborts, rebalances, errors

        var help: String {
            switch self {
            case .commits: "Transactions committed"
            case .aborts: "Transactions aborted, and memory thrown away"
            case .rebalances: "Times that partitions were assigned"
            case .errors: "Errors met, recovered from or not"
            }
        }
    }
}
