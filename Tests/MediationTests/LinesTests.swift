import Events
import Mediation
import Pipeline
import Quantities
import Testing

@Suite("Mapped sources")
struct LinesTests {
    @Test("a block yields a usage a line; the header and blank lines count for nothing")
    func block() throws {
        var mediator = Mediator()
        let text = "\u{feff}id,user_id,call_date,duration\r\n1,1004,2026-10-01,8.87\n\n\"2\",\"1004\",2026-10-01,0\r\n3,1004,2026-10-01,1"
        mediator.step(Array(text.utf8), contentType: "text/csv", source: "calls")
        let emitted = mediator.take()
        #expect(emitted.reasons == [])
        #expect(emitted.usages.map(\.rawIndex) == [0, 1, 2])
        #expect(emitted.usages.map(\.quantityMicros) == [532_200_000, 0, 60_000_000])
        // Local midnight, two hours east.
        let first = try #require(emitted.usages.first)
        #expect(first.startMs == Mediator.october - 7_200_000)
        #expect(first.account == "a2" && first.source == "calls")
        #expect(Set(emitted.normalized.map(\.record.meta.id)).count == 3)
    }

    @Test("a bad line is suspended alone, with its own bytes")
    func badLine() throws {
        let bad: [([UInt8], SuspenseReason)] = [
            (Array("2,1004,2026-10-01".utf8), .malformed), (Array("2,1004,2026-10-01,1,".utf8), .malformed),
            (Array("2,\"1004,2026-10-01,1".utf8), .malformed), (Array("2,10\"04,2026-10-01,1".utf8), .malformed),
            (Array("2,\"1004\"x,2026-10-01,1".utf8), .malformed), ([0x32, 0x2c, 0xc0, 0x80] + Array(",2026-10-01,1".utf8), .malformed),
            (Array("2,1004,2026-13-01,1".utf8), .badTime), (Array("2,1004,2026-10-01T,1".utf8), .badTime), (Array("2,1004,26-10-01,1".utf8), .badTime),
            (Array("2,1004,2026-10-01,-1".utf8), .badQuantity), (Array("2,,2026-10-01,1".utf8), .missingField),
            (Array("2,77,2026-10-01,1".utf8), .unknownSubscriber),
        ]
        for (line, reason) in bad {
            for end in ["\n", "\r\n"] {
                var mediator = Mediator()
                let block = Array("1,1004,2026-10-01,1".utf8) + Array(end.utf8) + line + Array(end.utf8) + Array("3,1004,2026-10-01,1".utf8)
                mediator.step(block, contentType: "text/plain", source: "calls")
                let emitted = mediator.take()
                #expect(emitted.usages.map(\.rawIndex) == [0, 2], "\(String(decoding: line, as: UTF8.self))")
                #expect(emitted.reasons == [reason.rawValue], "\(String(decoding: line, as: UTF8.self))")
                let record = try #require(emitted.suspended.first).record
                #expect(Array(record.original) == line && record.rawIndex == 1)
            }
        }
    }

    @Test("fields in quotes may hold separators, doubled quotes and line ends (RFC 4180)")
    func quotes() throws {
        var mediator = Mediator()
        mediator.step(Array("\"a,\"\"b\"\"\nc\",1004,2026-10-01,1\n".utf8), source: "calls")
        mediator.step(Array("a,1004,2026-10-01,1\n".utf8), source: "calls")
        let usages = mediator.take().usages
        try #require(usages.count == 2)
        var hash = SipHash128()
        hash.combine(1)
        for part in ["calls", "calls", "a,\"b\"\nc"] {
            hash.combine(UInt64(part.utf8.count))
            Array(part.utf8).withUnsafeBytes { hash.combine(bytes: $0) }
        }
        #expect(EventID(high: usages[0].identityHigh, low: usages[0].identityLow) == hash.finish())
    }

    @Test("a long block takes several steps, which survive a restore, and gives what short ones give")
    func longBlock() throws {
        let lines = (0..<10_000).map { "\($0),1004,2026-10-01,\($0 % 3 == 0 ? "x" : "1")" }
        let block = Array(lines.joined(separator: "\n").utf8)
        var whole = Mediator()
        #expect(whole.step(block, source: "calls") == [.again, .again, .done])
        let expected = whole.take()
        #expect(expected.usages.count + expected.suspended.count == 10_000)
        let good: [UInt32] = (0..<10_000).filter { $0 % 3 != 0 }
        #expect(expected.usages.map(\.rawIndex) == good)

        // The same, thrown away and restored from the changelog after each step.
        let name = Array("calls".utf8)
        var usages: [Usage] = []
        var changelog: [(key: [UInt8], value: [UInt8]?)] = []
        var result = StepResult.again
        let world = Mediator()
        while result == .again {
            var task = PartitionTask<NormalizeStage>(partition: 3, position: 0)
            for entry in changelog {
                try entry.key.withUnsafeBytes { key in
                    if let value = entry.value { try value.withUnsafeBytes { try task.restore(key: key, value: $0) } } else { try task.restore(key: key, value: nil) }
                }
            }
            task.finishRestore()
            var outbox = Outbox()
            try block.withUnsafeBytes { value in
                try name.withUnsafeBytes { name in
                    let record = InputRecord(partition: 3, offset: 0, key: value.prefixPointer(0), value: value, headers: [.init(name: "source", value: name)])
                    result = try task.step(record, stage: NormalizeStage(), tables: world.tables, outbox: &outbox)
                }
            }
            for entry in outbox.entries where entry.topic == .usageNormalized {
                usages.append(try NormalizedRecord(serializedBytes: Array(outbox.bytes[entry.value!])).usage)
            }
            outbox.removeAll()
            task.flush(into: &outbox)
            changelog += outbox.entries.map { entry in (Array(outbox.bytes[entry.key]), entry.value.map { Array(outbox.bytes[$0]) }) }
        }
        #expect(usages == expected.usages)
        #expect(changelog.last { $0.key == Array("block".utf8) }?.value == nil, "the finished block is forgotten")
    }

    @Test("JSON by dotted paths, strings and numbers")
    func json() throws {
        var mediator = Mediator()
        mediator.step(
            Array(#"{"event":{"x":[{"who":"no"}],"id":77,"who":"\u002b420601000001","volume":{"total":442.24}},"at":"1791200000.5"}"#.utf8),
            source: "gateway")
        let usage = try #require(mediator.take().usages.first)
        #expect(usage.account == "a1" && usage.type == "data")
        #expect(usage.quantityMicros == 442_240_000_000_000)
        #expect(usage.startMs == 1_791_200_000_500)
        for (text, reason) in [
            (#"{"event":{"who":"420601000001","volume":{"total":true}},"at":1791200000}"#, SuspenseReason.malformed),
            (#"{"event":{"who":"420601000001","volume":null},"at":1791200000}"#, .missingField),
            (#"{"event":{"who":"420601000001","volume":{"total":1}},"at":1e9}"#, .badTime),
            (#"{"event":[],"at":1}"#, .missingField), (#"{"event":{}"#, .malformed),
        ] {
            mediator.step(Array(text.utf8), source: "gateway")
            #expect(mediator.take().reasons == [reason.rawValue], "\(text)")
        }
    }
}

extension UnsafeRawBufferPointer {
    func prefixPointer(_ count: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[..<count]) }
}
