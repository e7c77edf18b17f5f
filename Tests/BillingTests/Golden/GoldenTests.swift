import Events
import Foundation
import SwiftProtobuf
import Testing

/// A fact never changes, and reading back always works: each event type has files of bytes and of their JSON that stay for ever.
///
/// TOLLSTREAM_WRITE_GOLDENS=<name> (or "missing") writes one anew (or those that are not there). Do that for a new event type only.
@Suite("Goldens")
struct GoldenTests {
    private static let topics = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Topics")

    private static func file(_ name: String, _ ending: String) -> URL { topics.appending(path: "golden/\(name).\(ending)") }

    @Test("old bytes read as they did, and are written as they were", arguments: GoldenSamples.all.map(\.name))
    func golden(_ name: String) throws {
        let sample = try #require(GoldenSamples.all.first { $0.name == name }).message
        let (binary, json) = (Self.file(name, "bin"), Self.file(name, "json"))
        let wish = ProcessInfo.processInfo.environment["TOLLSTREAM_WRITE_GOLDENS"]
        if wish == name || (wish == "missing" && !FileManager.default.fileExists(atPath: binary.path)) {
            try Data(sample.serializedBytes() as [UInt8]).write(to: binary)
            try Data((sample.jsonString() + "\n").utf8).write(to: json)
        }
        let bytes = [UInt8](try Data(contentsOf: binary))
        let text = String(try String(contentsOf: json, encoding: .utf8).dropLast())
        try check(sample, bytes, text)
    }

    private func check<M: Message & Hashable>(_ sample: M, _ bytes: [UInt8], _ text: String) throws {
        let message = try M(serializedBytes: bytes)
        #expect(try message.jsonString() == text)
        #expect(try message.serializedBytes() as [UInt8] == bytes)
        #expect(try M(jsonString: text) == message)
    }

    @Test("each case of each record has a golden")
    func complete() throws {
        let names = Set(GoldenSamples.all.map(\.name))
        var cases = 0
        for schema in ["billing", "catalogue", "customers", "usage"] {
            let text = try String(contentsOf: Self.topics.appending(path: "schemas/tollstream/v1/\(schema).proto"), encoding: .utf8)
            var message = ""
            var isInBody = false
            for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) where !line.hasPrefix("//") {
                let words = line.split(separator: " ")
                if words.first == "message" { message = String(words[1]) }
                if words.starts(with: ["oneof", "body"]) {
                    isInBody = true
                } else if line == "}" {
                    isInBody = false
                } else if isInBody {
                    cases += 1
                    #expect(names.contains("\(message)-v1-\(words[1])"), "\(message) \(words[1])")
                }
            }
        }
        #expect(cases >= 38)
    }

    @Test("no golden lies about that no test reads")
    func strays() throws {
        let names = Set(GoldenSamples.all.map(\.name))
        // Those of changelogs have a test of their own.
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.topics.appending(path: "golden").path).filter { $0 != "changelogs" }
        #expect(files.allSatisfy { names.contains(String($0.prefix { $0 != "." })) })
        #expect(files.count == 2 * names.count)
    }
}
