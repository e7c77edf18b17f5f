import Events
import Mediation
import Pipeline
import SwiftProtobuf
import Testing

@Suite("Hostile bytes")
struct FuzzTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6]

    static func randomText(_ random: inout SplitMix) -> String {
        let pieces = ["a", "ž", "\"", "\\", "\n", "\u{1}", "😀", "/", "0", "{", "\u{7f}", "\u{2028}"]
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
    }

    static func randomUsage(_ random: inout SplitMix) -> RawUsage {
        RawUsage.with {
            $0.source = randomText(&random)
            $0.stream = randomText(&random)
            $0.recordID = randomText(&random)
            $0.type = randomText(&random)
            $0.subscriber = randomText(&random)
            $0.otherParty = randomText(&random)
            $0.start = randomText(&random)
            $0.startMs = Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0...63, using: &random)
            $0.quantity = randomText(&random)
            $0.unit = randomText(&random)
            $0.category = randomText(&random)
            $0.direction = randomText(&random)
            $0.service = randomText(&random)
            $0.network = randomText(&random)
            $0.otherNetwork = randomText(&random)
        }
    }

    static func message(_ fields: RawFields) -> RawUsage {
        func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
        return RawUsage.with {
            $0.source = text(fields.source)
            $0.stream = text(fields.stream)
            $0.recordID = text(fields.recordID)
            $0.type = text(fields.type)
            $0.subscriber = text(fields.subscriber)
            $0.otherParty = text(fields.otherParty)
            $0.start = text(fields.start)
            $0.startMs = fields.startMs
            $0.quantity = text(fields.quantity)
            $0.unit = text(fields.unit)
            $0.category = text(fields.details.category)
            $0.direction = text(fields.details.direction)
            $0.service = text(fields.details.service)
            $0.network = text(fields.details.network)
            $0.otherNetwork = text(fields.details.otherNetwork)
        }
    }

    static func readJSON(_ bytes: [UInt8]) -> RawUsage? {
        bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { buffer in
                var scratch = Scratch(buffer)
                return (try? RawUsageJSON.read(bytes, &scratch)).map(message)
            }
        }
    }

    static func readProtobuf(_ bytes: [UInt8]) -> RawUsage? {
        bytes.withUnsafeBytes { bytes in (try? RawUsageProtobuf.read(bytes)).map(message) }
    }

    @Test("the readers give what swift-protobuf wrote", arguments: seeds)
    func roundTrip(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<2_000 {
            let usage = Self.randomUsage(&random)
            #expect(Self.readJSON(usage.json) == usage, "seed \(seed)")
            var options = JSONEncodingOptions()
            options.preserveProtoFieldNames = true
            options.alwaysPrintInt64sAsNumbers = true
            #expect(Self.readJSON(try! usage.jsonUTF8Bytes(options: options)) == usage, "seed \(seed)")
            #expect(Self.readProtobuf(usage.wire) == usage, "seed \(seed)")
        }
    }

    @Test("the protobuf reader takes damaged bytes exactly as swift-protobuf does, but for groups", arguments: seeds)
    func damagedProtobuf(seed: UInt64) {
        var random = SplitMix(state: seed)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Self.randomUsage(&random).wire
            Self.damage(&bytes, &random)
            let ours = Self.readProtobuf(bytes)
            var theirs = try? RawUsage(serializedBytes: bytes)
            theirs?.unknownFields = UnknownStorage()
            if let ours {
                accepted += 1
                #expect(ours == theirs, "seed \(seed): \(bytes)")
            } else if theirs != nil {
                #expect(bytes.contains { $0 & 7 == 3 }, "seed \(seed): \(bytes)")
            }
        }
        #expect(accepted > 1_000)
    }

    @Test("whatever JSON the reader takes, swift-protobuf takes too, and alike", arguments: seeds)
    func damagedJSON(seed: UInt64) {
        var random = SplitMix(state: seed)
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        for _ in 0..<10_000 {
            var bytes = Self.randomUsage(&random).json
            Self.damage(&bytes, &random)
            if let ours = Self.readJSON(bytes) {
                #expect(ours == (try? RawUsage(jsonUTF8Bytes: bytes, options: options)), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
            case 3: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.removeLast(bytes.count - at)
            }
        }
    }

    @Test("no bytes stop the stage, and each record has an outcome with its original", arguments: seeds)
    func stage(seed: UInt64) {
        var random = SplitMix(state: seed)
        let types = [nil, "application/json", "application/x-protobuf", "text/csv", "x"]
        let sources = [nil, "calls", "gateway", "broken", ""]
        let signs = Array("\",\n\r{}[]:\\u0-1e".utf8)
        let lines = Array("1,1004,2026-10-01,1\r\n\"2\",\"10\"\"04\",2026-10-01,0\n".utf8)
        let nested = Array(#"{"event":{"id":77,"who":"\u002b420601000001","volume":{"total":442.24}},"at":"1791200000.5"}"#.utf8)
        for _ in 0..<4_000 {
            var bytes: [UInt8]
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1: bytes = RawUsage.call.json
            case 2: bytes = RawUsage.call.wire
            case 3: bytes = lines
            case 4: bytes = nested
            default: bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in signs[Int.random(in: 0..<signs.count, using: &random)] }
            }
            Self.damage(&bytes, &random)
            var mediator = Mediator()
            let results = mediator.step(
                bytes, contentType: types[Int.random(in: 0..<types.count, using: &random)], source: sources[Int.random(in: 0..<sources.count, using: &random)])
            #expect(results == [.done], "seed \(seed)")
            let emitted = mediator.take()
            #expect(emitted.usages.count + emitted.suspended.count > 0, "seed \(seed): \(bytes)")
            for (_, record) in emitted.suspended {
                #expect(SuspenseReason(rawValue: record.reason) != nil)
                // The original is a part of what came, and all of it where the record was no block.
                #expect(record.original.count <= bytes.count)
            }
        }
    }
}
