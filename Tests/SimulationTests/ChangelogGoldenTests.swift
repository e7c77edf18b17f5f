import Events
import Foundation
import Pipeline
import Testing
import Topology

/// Every entry that a released build ever wrote is read for ever: the files under Topics/golden/changelogs never change, and new formats add to them.
///
/// `Deploy/lib/changelog_goldens.sh` makes them with the build that is to be kept.
@Suite("Goldens of changelogs")
struct ChangelogGoldenTests {
    struct Entry: Sendable {
        var topic: Topic
        var partition: Int32
        var key: [UInt8]
        /// Nil where it was removed.
        var value: [UInt8]?
    }

    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Topics/golden/changelogs")

    static let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".txt") }.sorted() ?? []

    /// A line an entry: topic, partition, key and value in hexadecimal, "-" for null, "" in quotes for none.
    static func entries(_ file: String) throws -> [Entry] {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { try entry(String($0)) }
    }

    static func entry(_ line: String) throws -> Entry {
        let words = line.split(separator: " ").map(String.init)
        func bytes(_ hex: String) -> [UInt8] {
            hex == "\"\"" ? [] : stride(from: 0, to: hex.utf8.count, by: 2).map { at in
                let start = hex.index(hex.startIndex, offsetBy: at)
                return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)!
            }
        }
        return Entry(
            topic: try #require(Topic(rawValue: words[0])), partition: Int32(words[1])!, key: bytes(words[2]),
            value: words[3] == "-" ? nil : bytes(words[3]))
    }

    /// Restores what its stage's changelog holds, as a worker does.
    private struct Restoring: StageVisitor {
        let entries: [Entry]
        var failures: [String] = []
        var restored = 0

        mutating func visit<S: Stage>(_ stage: S) throws {
            guard let changelog = S.changelog else { return }
            for partition in Set(entries.map(\.partition)).sorted() {
                let mine = entries.filter { $0.topic == changelog && $0.partition == partition }
                if mine.isEmpty { continue }
                var task = PartitionTask<S>(partition: partition, position: 0, format: .first)
                for (offset, entry) in mine.enumerated() {
                    do { try restore(entry, Int64(offset), &task) } catch { failures.append("\(error)") }
                }
                task.finishRestore()
                restored += mine.count
                var outbox = Outbox()
                task.flush(into: &outbox)
                if !outbox.isEmpty { failures.append("\(changelog.rawValue): what was restored is written again") }
            }
        }
    }

    private static func restore<S: Stage>(_ entry: Entry, _ offset: Int64, _ task: inout PartitionTask<S>) throws {
        try entry.key.withUnsafeBytes { key in
            guard let value = entry.value else { return try task.restore(key: key, value: nil, offset: offset) }
            try value.withUnsafeBytes { try task.restore(key: key, value: $0, offset: offset) }
        }
    }

    @Test("each is restored as a whole", arguments: files)
    func whole(_ file: String) throws {
        var restoring = Restoring(entries: try Self.entries(file))
        try Topology().visit(StageName.allCases, &restoring)
        #expect(restoring.failures == [])
        #expect(restoring.restored == restoring.entries.count)
    }

    /// Restores each entry alone, whole and without its last byte.
    private struct Damaging: StageVisitor {
        let entries: [Entry]
        var accepted: [String] = []
        var refused = 0

        mutating func visit<S: Stage>(_ stage: S) throws {
            for entry in entries where entry.topic == S.changelog {
                // The last byte of a customer's account came later, and may be absent.
                if entry.topic == .stateCustomers, ChangelogGoldenTests.kind(entry) == "a" { continue }
                // Names and a catalogue's hash are whatever they are.
                let isFree = entry.topic == .stateRate ? ChangelogGoldenTests.kind(entry) == "n" : entry.topic == .stateCustomers && entry.key == [0x68]
                guard var cut = entry.value, !isFree else { continue }
                cut = cut.dropLast()
                var damaged = entry
                damaged.value = cut
                var task = PartitionTask<S>(partition: entry.partition, position: 0)
                do {
                    try ChangelogGoldenTests.restore(damaged, 77, &task)
                    accepted.append("\(entry.topic.rawValue) \(ChangelogGoldenTests.kind(entry))")
                } catch let fault as UnreadableEntry {
                    refused += 1
                    if !"\(fault)".hasPrefix("\(entry.topic.rawValue), partition \(entry.partition), offset 77: the entry of kind ") {
                        accepted.append("\(fault)")
                    }
                }
            }
        }
    }

    @Test("an entry that was cut off is refused, with its topic, partition, offset, kind and version")
    func damaged() throws {
        var damaging = Damaging(entries: try Self.files.filter { !$0.hasPrefix("older") }.flatMap { try Self.entries($0) })
        try Topology().visit(StageName.allCases, &damaging)
        #expect(Set(damaging.accepted) == [])
        #expect(damaging.refused > 100)
    }

    static func kind(_ entry: Entry) -> String {
        if entry.key.starts(with: [0x80, 0x00]) { return "position" }
        switch entry.topic {
        case .stateNormalize: return String(decoding: entry.key, as: UTF8.self)
        case .stateRecycle: return "held"
        case .stateRate: return String(UnicodeScalar(entry.key[1 + Int(entry.key[0]) + 1]))
        default: return String(UnicodeScalar(entry.key[0]))
        }
    }

    static func version(_ entry: Entry) -> UInt8? {
        guard let value = entry.value else { return nil }
        if entry.key.starts(with: [0x80, 0x00]) { return value[0] }
        switch entry.topic {
        case .stateRate: return kind(entry) == "d" ? 1 : value[0]
        case .stateAggregate: return value[0]
        default: return value.starts(with: [0x80, 0x00]) ? value[2] : 1
        }
    }

    @Test("each kind has one in each version that was ever written")
    func complete() throws {
        var seen: Set<String> = []
        for entry in try Self.files.flatMap({ try Self.entries($0) }) {
            if let version = Self.version(entry) { seen.insert("\(entry.topic.rawValue) \(Self.kind(entry)) \(version)") }
        }
        var wanted: Set<String> = []
        func want(_ topic: Topic, _ kinds: [String], _ versions: [Int]) {
            for kind in kinds { for version in versions { wanted.insert("\(topic.rawValue) \(kind) \(version)") } }
        }
        want(.stateRate, ["a", "s", "c", "n", "p"], [1, 2, 3])
        want(.stateRate, ["w"], [3])
        want(.stateRate, ["g"], [2, 3])
        want(.stateRate, ["b"], [3])
        want(.stateRate, ["d"], [1])
        want(.stateRate, ["f", "x", "h", "m"], [3])
        want(.stateAggregate, ["a", "p"], [1, 2])
        want(.stateCustomers, ["a", "s", "i", "c", "h"], [1, 2])
        want(.stateCustomers, ["i"], [3])
        want(.stateNumber, ["n"], [1, 2])
        want(.stateNumber, ["u"], [2])
        want(.stateNormalize, ["ticks"], [1, 2])
        want(.stateNormalize, ["block"], [2])
        want(.stateRecycle, ["held"], [1, 2])
        for topic in [Topic.stateRate, .stateAggregate, .stateCustomers, .stateNumber, .stateNormalize, .stateRecycle, .stateInvoice, .stateMove] {
            want(topic, ["position"], [1])
        }
        #expect(wanted.subtracting(seen) == [])
    }
}
