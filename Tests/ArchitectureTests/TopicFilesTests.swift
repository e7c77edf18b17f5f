import Events
import Foundation
import Mediation
import Rating
import Testing
import Yams

@Suite("Topic files")
struct TopicFilesTests {
    struct TopicFile {
        let path: String
        let fields: [String: Any]

        subscript(key: String) -> String? { fields[key].map { "\($0)" } }
        var area: String { String(path.split(separator: "/").dropLast().last ?? "") }
        var name: String { String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "") }
    }

    static func load() throws -> [TopicFile] {
        try SourceTree.files("Topics", "yaml").map { file in
            let fields = try Yams.load(yaml: file.lines.joined(separator: "\n")) as? [String: Any]
            return TopicFile(path: file.path, fields: try #require(fields, "\(file.path) is no mapping"))
        }
    }

    @Test("each topic has one file, and each file names a topic")
    func complete() throws {
        let names = try Self.load().map { $0["topic"] ?? "nothing in \($0.path)" }
        #expect(names.sorted() == Topic.allCases.map(\.rawValue).sorted())
    }

    @Test("each file says all that is to be known of its topic")
    func fields() throws {
        let required = [
            "topic", "purpose", "owner", "producers", "consumers", "key", "partitions", "retention", "cleanup", "recordLimit", "schema", "encoding",
        ]
        var faults: [String] = []
        for file in try Self.load() {
            for key in required where file.fields[key] == nil { faults.append("\(file.path) lacks \(key)") }
        }
        #expect(faults == [])
    }

    @Test("files agree with the code")
    func agreement() throws {
        var faults: [String] = []
        for file in try Self.load() {
            guard let topic = file["topic"].flatMap(Topic.init(rawValue:)) else { continue }
            // The clock is of no area of its own.
            let area = topic == .clock ? "control" : String(topic.rawValue.split(separator: ".")[0])
            if file.area != area { faults.append("\(file.path) belongs into Topics/\(area)") }
            if file["schema"] != topic.schema { faults.append("\(file.path): schema is \(topic.schema) in the code") }
            if file["encoding"] != "\(topic.encoding)" { faults.append("\(file.path): encoding is \(topic.encoding) in the code") }
            if file.name != topic.rawValue { faults.append("\(file.path) is about \(topic.rawValue)") }
        }
        #expect(faults == [])
    }

    @Test("a probe finds in the files which headers it may set, and every reason for which usage is put aside")
    func contract() throws {
        let files = try Self.load()
        let raw = try #require(files.first { $0.name == Topic.usageRaw.rawValue })
        let headers = try #require(raw.fields["headers"] as? [String: String])
        #expect(Set(headers.keys) == [UsageHeader.contentType, UsageHeader.source, UsageHeader.recycles, UsageHeader.attempts])
        let suspended = try #require(files.first { $0.name == Topic.usageSuspended.rawValue })
        let reasons = try #require(suspended.fields["reasons"] as? [String: [String: String]])
        #expect(Set(reasons["normalize"]?.keys.map { $0 } ?? []) == Set(SuspenseReason.allCases.map(\.rawValue)))
        #expect(Set(reasons["rate"]?.keys.map { $0 } ?? []) == Set(UnratedReason.allCases.map(\.rawValue)))
        #expect(Set(reasons["move"]?.keys.map { $0 } ?? []) == Set(SuspenseReason.allCases.filter(\.awaitsDirectory).map(\.rawValue)))
        #expect(reasons.count == 3)
    }

    @Test("topics that are keyed by account have one partition count")
    func copartitioning() throws {
        let counts = try Self.load().filter { file in
            file["topic"].flatMap(Topic.init(rawValue:))?.isAccountKeyed == true
        }.map { $0["partitions"] ?? "none" }
        #expect(Set(counts).count == 1, "partitions: \(counts)")
    }

    @Test("schemas are messages of the protobuf files")
    func schemas() throws {
        let messages = Set(
            try SourceTree.files("Topics", "proto").flatMap(\.lines).compactMap { line -> String? in
                let words = line.split(separator: " ")
                return words.count >= 2 && words[0] == "message" ? String(words[1]) : nil
            })
        // State is the stages' own, in no schema.
        for topic in Topic.allCases where !topic.schema.hasPrefix("State/") {
            #expect(messages.contains(String(topic.schema.split(separator: "/")[0])), "\(topic.rawValue): \(topic.schema)")
        }
    }
}
