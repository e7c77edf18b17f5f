import Events
import KafkaRuntime
import Testing

@Suite("Topic administration", .enabled(if: TestCluster.servers != nil, TestCluster.isMissing), .serialized)
struct TopicAdminTests {
    @Test("creates what is missing, alters what differs, and then has nothing to do")
    func planAndApply() throws {
        let cluster = try TestCluster([:])
        let admin = try TopicAdmin(cluster.configuration, logger: cluster.logger)
        var wanted = TopicSpecification(
            topic: .usageRaw, partitions: 3, configs: ["cleanup.policy": "delete", "retention.ms": "86400000", "max.message.bytes": "8388608"])
        #expect(try admin.plan([wanted]) == [.create(wanted)])
        try admin.apply(admin.plan([wanted]))
        #expect(try admin.plan([wanted]) == [.unchanged(wanted)])
        wanted.configs["retention.ms"] = "172800000"
        let change = TopicChange.ConfigChange(name: "retention.ms", old: "86400000", new: "172800000")
        #expect(try admin.plan([wanted]) == [.alter(wanted, [change])])
        try admin.apply(admin.plan([wanted]))
        #expect(try admin.plan([wanted]) == [.unchanged(wanted)])
    }

    @Test("another partition count is an error that names both, and nothing is applied")
    func partitionCount() throws {
        let cluster = try TestCluster([.usageRated: 2])
        let admin = try TopicAdmin(cluster.configuration, logger: cluster.logger)
        let changes = try admin.plan([TopicSpecification(topic: .usageRated, partitions: 12), TopicSpecification(topic: .clock, partitions: 1)])
        #expect(changes.map(\.isError) == [true, false])
        let error = #expect(throws: TopologyError.self) { try admin.apply(changes) }
        #expect(error.map { "\($0)".contains("has 2 partitions, but 12") } ?? false)
        #expect(try admin.describe([.clock]).isEmpty)
    }
}
