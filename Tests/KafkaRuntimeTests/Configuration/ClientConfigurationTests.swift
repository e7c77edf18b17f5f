import Events
import Foundation
import KafkaRuntime
import Testing

/// No broker is needed: a client is made before it connects.
@Suite("What a client configuration refuses")
struct ClientConfigurationTests {
    private func configure(_ properties: [String: String], servers: String = "localhost:1") throws -> ClientConfiguration {
        try ClientConfiguration(bootstrapServers: servers, namespace: try #require(Namespace("x")), properties: properties)
    }

    @Test(
        "settings that correctness rests on",
        arguments: ["isolation.level", "enable.auto.commit", "transactional.id", "partitioner", "group.id", "bootstrap.servers"])
    func forbidden(_ property: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configure([property: "secret-value"]) }
        #expect(error?.property == property)
        #expect(error.map { !"\($0)".contains("secret-value") } ?? false)
    }

    @Test(
        "settings that librdkafka does not know or whose value it refuses, by name and without their value",
        arguments: ["sasl.pasword", "security.protocl", "linger.ms", "security.protocol", "debug"])
    func refused(_ property: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configure([property: "secret-value"]) }
        #expect(error?.property == property)
        #expect(error.map { !"\($0)".contains("secret-value") } ?? false)
    }

    @Test(
        "a login that lacks something, by what it lacks",
        arguments: [
            (["sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "tollstream"], "sasl.password"),
            (["sasl.mechanism": "SCRAM-SHA-256", "sasl.password": "secret-value"], "sasl.username"),
            (["sasl.mechanisms": "PLAIN", "sasl.username": "tollstream", "sasl.password": ""], "sasl.password"),
            (["sasl.mechanism": "SCRAM-SHA-1"], "sasl.mechanism"),
            ([:], "sasl.mechanism"),
        ])
    func login(_ properties: [String: String], _ missing: String) throws {
        for `protocol` in ["SASL_SSL", "sasl_plaintext"] {
            let error = #expect(throws: ConfigurationError.self) { try configure(properties.merging(["security.protocol": `protocol`]) { $1 }) }
            #expect(error?.property == missing)
            #expect(error.map { !"\($0)".contains("secret-value") } ?? false)
        }
    }

    @Test("files that are not there", arguments: ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"])
    func files(_ property: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configure(["security.protocol": "SSL", property: "/nowhere/x.pem"]) }
        #expect(error?.property == property)
        #expect(error.map { "\($0)".contains("/nowhere/x.pem") } ?? false)
    }

    @Test("a server without a port", arguments: ["kafka", "kafka:", ":9092", "kafka:x", "kafka:99999", "a:1,,b:2", ""])
    func servers(_ servers: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configure([:], servers: servers) }
        #expect(error?.property == "bootstrap.servers")
    }

    @Test("usual servers pass", arguments: ["kafka-1:9093, kafka-2:9093", "[::1]:9092", "SASL_SSL://kafka:9092"])
    func usualServers(_ servers: String) throws { _ = try configure([:], servers: servers) }

    /// What only librdkafka finds, once the client is made: some of it before it takes over the configuration, some after. Both must
    /// come back as an error; freeing the configuration again crashed the process.
    @Test("what the client itself refuses")
    func refusedClient() throws {
        let junk = NSTemporaryDirectory() + "tollstream-\(UUID().uuidString).pem"
        #expect(FileManager.default.createFile(atPath: junk, contents: Data("no certificate".utf8)))
        defer { try? FileManager.default.removeItem(atPath: junk) }
        let late = try configure(["security.protocol": "SSL", "ssl.ca.location": junk])
        let early = try configure(["max.in.flight": "9", "queue.buffering.max.ms": "900000", "message.timeout.ms": "1"])
        for _ in 0..<3 {
            let lateError = #expect(throws: ConfigurationError.self) { try TopicAdmin(late, logger: .init(label: "test")) }
            #expect(lateError?.property == "ssl.ca.location")
            #expect(throws: ConfigurationError.self) { try LogWriter(early, logger: .init(label: "test")) }
        }
    }
}
