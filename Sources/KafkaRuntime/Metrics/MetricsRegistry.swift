import Synchronization

/// Counters, gauges and histograms of the process, rendered in Prometheus' text format. Updated once a batch, never once a record.
public final class MetricsRegistry: Sendable {
    public typealias Labels = [(name: String, value: String)]

    private struct Family {
        var help: String
        var kind: Kind
        /// By rendered labels.
        var values: [String: Double] = [:]
        var histograms: [String: Histogram] = [:]
    }

    private enum Kind: String { case counter, gauge, histogram }

    private struct Histogram {
        var buckets: [Int]
        var sum = 0.0
        var count = 0
    }

    /// Upper bounds of a histogram's buckets, in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// Adds to a counter. Its name ends in _total.
    public func add(_ name: String, _ amount: Double = 1, _ labels: Labels = [], help: String = "") {
        update(name, .counter, help) { $0.values[Self.render(labels), default: 0] += amount }
    }

    public func set(_ name: String, _ value: Double, _ labels: Labels = [], help: String = "") {
        update(name, .gauge, help) { $0.values[Self.render(labels)] = value }
    }

    /// Forgets a gauge, such as the lag of a partition that went to another worker.
    public func remove(_ name: String, _ labels: Labels) {
        update(name, .gauge, "") { $0.values[Self.render(labels)] = nil }
    }

    public func observe(_ name: String, seconds: Double, _ labels: Labels = [], help: String = "") {
        update(name, .histogram, help) { family in
            let key = Self.render(labels)
            var histogram = family.histograms[key] ?? Histogram(buckets: Array(repeating: 0, count: Self.bounds.count))
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { histogram.buckets[index] += 1 }
            histogram.sum += seconds
            histogram.count += 1
            family.histograms[key] = histogram
        }
    }

    /// The value of a counter or gauge; nil where it was never set.
    public func value(_ name: String, _ labels: Labels = []) -> Double? {
        families.withLock { $0[name]?.values[Self.render(labels)] }
    }

    /// Every metric in Prometheus' text exposition format, version 0.0.4, sorted by name.
    public func renderPrometheus() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if !family.help.isEmpty { text += "# HELP \(name) \(family.help)\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, value) in family.values.sorted(by: { $0.key < $1.key }) {
                text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n"
            }
            for (labels, histogram) in family.histograms.sorted(by: { $0.key < $1.key }) {
                let prefix = labels.isEmpty ? "" : labels + ","
                for (bound, count) in zip(Self.bounds, histogram.buckets) { text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(count)\n" }
                text += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(histogram.count)\n"
                text += "\(name)_sum\(labels.isEmpty ? "" : "{\(labels)}") \(histogram.sum)\n"
                text += "\(name)_count\(labels.isEmpty ? "" : "{\(labels)}") \(histogram.count)\n"
            }
        }
        return text
    }

    private func update(_ name: String, _ kind: Kind, _ help: String, _ body: (inout Family) -> Void) {
        families.withLock { body(&$0[name, default: Family(help: help, kind: kind)]) }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func render(_ labels: Labels) -> String {
        labels.map { "\($0.name)=\"\(escape($0.value))\"" }.joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 92 || $0 == 34 || $0 == 10 }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
