import Events
import Pipeline
import Quantities
import Testing

@Suite("The rated record's bytes")
struct WireTests {
    @Test("are those of swift-protobuf, and carry what the usage said")
    func sameBytes() throws {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        _ = try harness.rated()
        var random = SplitMix(seed: 4)
        for round in 0..<300 {
            var record = Given.usage(Int64(round), ["voice", "sms", "data"][round % 3], Int64(bitPattern: random.next() >> (1 + random.next() % 63)) % (1 << 40))
            record.usage.startMs = Given.ms("2026-01-01T00:00:00Z") + Int64(random.next() % 2_678_400_000)
            record.usage.rawPartition = UInt32(random.next() % 1024) >> (random.next() % 10)
            record.usage.rawOffset = Int64(random.next() % (1 << 37)) >> Int64(random.next() % 37)
            record.usage.rawIndex = UInt32(random.next() % 65_536) >> (random.next() % 16)
            if round % 2 == 0 {
                record.usage.parties = .with {
                    $0.served = String(repeating: "4", count: Int(random.next() % 300))
                    $0.other = round % 4 == 0 ? "" : "420602000001"
                }
            }
            try harness.feed(record)
            harness.commit()
            let output = try #require(harness.outputs.first)
            harness.outputs.removeAll()
            let decoded = try RatedRecord(serializedBytes: output.value)
            #expect(try decoded.serializedBytes() == output.value, "round \(round)")
            #expect(output.key == Array("a".utf8) && output.partition == 3)
            #expect(decoded.normalizedOffset == harness.offset - 1)
            #expect(decoded.meta.id == EventID(cause: EventID(high: 7, low: UInt64(harness.offset)), stage: StageName.rate.idTag, ordinal: 0))
            #expect(decoded.meta.cause == EventID(high: 7, low: UInt64(harness.offset)))
            #expect(decoded.usage.hasParties == record.usage.hasParties && decoded.usage.parties == record.usage.parties)
            #expect(decoded.usage.startMs == record.usage.startMs && decoded.usage.quantityMicros == record.usage.quantityMicros)
            #expect(decoded.usage.rawPartition == record.usage.rawPartition && decoded.usage.rawOffset == record.usage.rawOffset)
            #expect(decoded.usage.rawIndex == record.usage.rawIndex && decoded.usage.unit == record.usage.unit)
            #expect(decoded.usage.catalogue == 0x0101_0101_0101_0101)
        }
    }

    @Test("numbers of any length are read, whatever follows them", arguments: [0, 1, 2, 3, 10])
    func longNumbers(_ behind: Int) throws {
        var harness = try Harness(Tariffs.both)
        try harness.feed(Given.account("a"))
        try harness.feed(Given.subscription("s", of: "a", "plain"))
        harness.commit()
        harness.outputs.removeAll()
        let edges: [Int64] = (0..<64).flatMap { (bit: UInt64) -> [Int64] in
            let power: UInt64 = 1 << bit
            return [power, power - 1, ~power].map { Int64(bitPattern: $0) }
        }
        for (place, startMs) in edges.enumerated() {
            // Of a field that comes twice the last counts; what comes behind it are fields of three bytes each, which no build knows.
            var usage: [UInt8] = try Given.usage(Int64(place), "voice", minute).usage.serializedBytes()
            usage.append(0x48)
            var rest = UInt64(bitPattern: startMs)
            while rest >= 0x80 {
                usage.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            usage.append(UInt8(rest))
            for _ in 0..<behind { usage += [0xa0, 0x06, 0x01] }
            let record: [UInt8] = [0x12, UInt8(usage.count & 0x7f) | 0x80, UInt8(usage.count >> 7)] + usage
            try record.withUnsafeBytes { value in
                let input = InputRecord(partition: 3, offset: harness.offset, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value)
                _ = try harness.task.step(input, stage: harness.stage, tables: harness.tables, outbox: &harness.outbox)
            }
            harness.offset += 1
            harness.commit()
            let found = try harness.outputs.compactMap { output -> Int64? in
                if output.topic == .usageSuspended { return try SuspendedUsage(serializedBytes: output.value).startMs }
                let rated = try RatedRecord(serializedBytes: output.value)
                return rated.usage.account.isEmpty ? nil : rated.usage.startMs
            }
            #expect(found == [startMs], "\(place)")
            harness.outputs.removeAll()
        }
    }

    @Test("a record that is none of ours stops the stage")
    func corrupt() throws {
        var harness = try Harness(Tariffs.both)
        #expect(throws: CorruptRecord.self) { try harness.feed(NormalizedRecord()) }
        var far = Given.usage(1, "voice", 1)
        far.usage.rawPartition = 1024
        #expect(throws: CorruptRecord.self) { try harness.feed(far) }
    }
}
