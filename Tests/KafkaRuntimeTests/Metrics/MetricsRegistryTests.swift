import KafkaRuntime
import Testing

@Suite("Metrics")
struct MetricsRegistryTests {
    @Test("are rendered in Prometheus' text format, labels escaped, histograms cumulative")
    func render() {
        let registry = MetricsRegistry()
        registry.add("records_total", 2, [("stage", "rate")], help: "Records")
        registry.add("records_total", 3, [("stage", "rate")])
        registry.set("lag", 7, [("reason", "a \"b\" \\ c")])
        registry.observe("commit_seconds", seconds: 0.02)
        registry.observe("commit_seconds", seconds: 0.2)
        let lines = registry.renderPrometheus().split(separator: "\n").map(String.init)
        #expect(lines.contains("# HELP records_total Records"))
        #expect(lines.contains("# TYPE records_total counter"))
        #expect(lines.contains("records_total{stage=\"rate\"} 5"))
        #expect(lines.contains("lag{reason=\"a \\\"b\\\" \\\\ c\"} 7"))
        #expect(lines.contains("commit_seconds_bucket{le=\"0.01\"} 0"))
        #expect(lines.contains("commit_seconds_bucket{le=\"0.025\"} 1"))
        #expect(lines.contains("commit_seconds_bucket{le=\"0.25\"} 2"))
        #expect(lines.contains("commit_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("commit_seconds_count 2"))
    }
}
