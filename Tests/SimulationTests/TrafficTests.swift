import Events
import Mediation
import Pipeline
import Quantities
import Simulation
import Testing

@Suite("Traffic")
struct TrafficTests {
    static let start = Timestamp(rfc3339: "2026-10-01T00:00:00Z")!.ms
    static let end = Timestamp(rfc3339: "2026-11-01T00:00:00Z")!.ms

    static func traffic(seed: UInt64 = 7, events: Int = 20_000, accounts: Int = 200, faults: String = "none", jsonPercent: Int = 30) throws
        -> TrafficGenerator
    {
        TrafficGenerator(
            seed: seed, accounts: accounts, events: events, monthStartMs: start, monthEndMs: end, faults: try TrafficFaults(parsing: faults),
            jsonPercent: jsonPercent)
    }

    /// A world of the population, as mediation sees it.
    static func tables(_ population: TrafficPopulation) throws -> NormalizeTables {
        var tables = NormalizeTables()
        func apply(_ topic: Topic, key: [UInt8], _ value: [UInt8]) throws {
            try key.withUnsafeBytes { key in
                try value.withUnsafeBytes { try tables.apply(topic, InputRecord(partition: 0, offset: 0, key: key, value: $0)) }
            }
        }
        let content = CatalogueRecord.with {
            $0.content.usageSpecifications = [
                .with { $0.type = "voice"; $0.unit = .second }, .with { $0.type = "data"; $0.unit = .byte }, .with { $0.type = "sms"; $0.unit = .event },
            ]
        }
        let hash = [UInt8](repeating: 1, count: 32)
        try apply(.catalogueContent, key: hash, content.serializedBytes())
        try apply(.catalogueContent, key: Array("current".utf8), CatalogueRecord.with { $0.current.hash = .init(hash) }.serializedBytes())
        for command in population.customerCommands(terms: BillingTerms(), offerings: ["o1", "o2"], fromMs: start) {
            guard case .activateSubscription(let activation) = command.body else { continue }
            for identifier in activation.identifiers {
                let entry = DirectoryEntry.with {
                    $0.identifier = identifier
                    $0.assignments = [
                        .with { $0.account = activation.account; $0.subscription = activation.subscription; $0.fromMs = activation.fromMs }
                    ]
                }
                try apply(.customersDirectory, key: [], entry.serializedBytes())
            }
        }
        return tables
    }

    @Test("is the same for the same parameters, and another for another seed")
    func determinism() throws {
        func digest(_ traffic: TrafficGenerator) -> EventID {
            var hash = SipHash128()
            for record in traffic {
                record.key.withUnsafeBytes { hash.combine(bytes: $0) }
                hash.combine(byte: record.value == nil ? 0 : 1)
                (record.value ?? []).withUnsafeBytes { hash.combine(bytes: $0) }
                hash.combine(text: record.contentType)
            }
            return hash.finish()
        }
        let faults = "duplicates=0.02,late=0.02,outOfOrder=0.05,unknownSubscribers=0.01,malformed=0.01,huge=0"
        let first = digest(try Self.traffic(faults: faults))
        #expect(first == digest(try Self.traffic(faults: faults)))
        #expect(first != digest(try Self.traffic(seed: 8, faults: faults)))
        // Pinned: a change of the generator changes every run that someone wants to reproduce.
        #expect(first.description == "f868ed79852dff11ad5294e24ec6c3ef")
    }

    @Test("meets the fate that it counted, record for record", arguments: [UInt64(1), 2, 3])
    func fates(seed: UInt64) throws {
        var traffic = try Self.traffic(
            seed: seed, faults: "duplicates=0.02,late=0.02,outOfOrder=0.05,unknownSubscribers=0.01,malformed=0.02,huge=0.0001")
        let tables = try Self.tables(traffic.population)
        var task = PartitionTask<NormalizeStage>(partition: 0, position: 0)
        var outbox = Outbox()
        var offset: Int64 = 0
        var seen: Set<EventID> = []
        var duplicates = 0
        while let record = traffic.next() {
            let type = Array(record.contentType.utf8)
            try type.withUnsafeBytes { type in
                let header = InputRecord.Header(name: "content-type", value: type)
                func step(_ value: UnsafeRawBufferPointer?) throws {
                    let input = InputRecord(partition: 0, offset: offset, key: UnsafeRawBufferPointer(rebasing: type[..<0]), value: value, headers: [header])
                    let result = try task.step(input, stage: NormalizeStage(), tables: tables, outbox: &outbox)
                    #expect(result == .done)
                }
                if let value = record.value { try value.withUnsafeBytes { try step($0) } } else { try step(nil) }
            }
            offset += 1
            let entry = try #require(outbox.entries.first)
            let bytes = Array(outbox.bytes[try #require(entry.value)])
            switch record.fate {
            case .suspended(let reason, _):
                #expect(entry.topic == .usageSuspended, "seed \(seed)")
                #expect(try SuspendedUsage(serializedBytes: bytes).reason == reason.rawValue, "seed \(seed)")
            case .accepted, .duplicate:
                #expect(entry.topic == .usageNormalized, "seed \(seed)")
                let usage = try NormalizedRecord(serializedBytes: bytes).usage
                let isNew = seen.insert(EventID(high: usage.identityHigh, low: usage.identityLow)).inserted
                #expect(isNew == (record.fate != .duplicate), "seed \(seed)")
                if !isNew { duplicates += 1 }
                #expect(usage.startMs >= Self.start && usage.startMs < Self.end, "seed \(seed)")
            }
            outbox.removeAll()
        }
        let counts = traffic.counts
        #expect(counts.records == Int(offset) && counts.accepted == seen.count && counts.duplicates == duplicates)
        #expect(counts.accepted + counts.duplicates + counts.suspended == counts.records)
        #expect(counts.records - counts.duplicates == 20_000)
        for (count, share) in [(counts.duplicates, 0.02), (counts.late, 0.02), (counts.outOfOrder, 0.05), (counts.suspended(.unknownSubscriber), 0.01)] {
            #expect(abs(Double(count) / 20_000 - share) < share / 3, "seed \(seed): \(count) for \(share)")
        }
        for damage in TrafficFaults.Damage.allCases where damage != .huge { #expect(counts.damaged(damage) > 20, "seed \(seed): \(damage)") }
        #expect(counts.zero > 50)
    }

    @Test("comes in the order of its time where no fault says otherwise, by day more than by night")
    func order() throws {
        let traffic = try Self.traffic(jsonPercent: 0)
        let times = try traffic.map { try RawUsage(serializedBytes: try #require($0.value)).startMs }
        #expect(times == times.sorted() && times.first! >= Self.start && times.last! < Self.end)
        #expect(times.last! - times.first! > 30 * 86_400_000)
        func count(_ hours: Range<Int64>) -> Int { times.filter { hours.contains($0 / 3_600_000 % 24) }.count }
        #expect(count(16..<20) > 10 * count(1..<5))
    }

    @Test("of JSON and protobuf is the same usage")
    func encodings() throws {
        for (json, protobuf) in zip(try Self.traffic(events: 500, jsonPercent: 100), try Self.traffic(events: 500, jsonPercent: 0)) {
            var ours = try RawUsage(jsonUTF8Bytes: try #require(json.value))
            var theirs = try RawUsage(serializedBytes: try #require(protobuf.value))
            #expect(Timestamp(rfc3339: ours.start)?.ms == theirs.startMs)
            ours.start = ""
            theirs.startMs = 0
            #expect(ours == theirs)
            #expect(json.key == Array(ours.subscriber.utf8))
        }
    }

    @Test("has customers by its naming rule, each identifier once")
    func customers() throws {
        let population = TrafficPopulation(seed: 7, accounts: 1_000)
        let commands = Array(population.customerCommands(terms: .with { $0.currency = "CZK" }, billCycleDays: [1, 15], offerings: ["x", "y"], fromMs: 5))
        #expect(commands.first?.openAccount.account == "a000001" && commands.first?.openAccount.terms.currency == "CZK")
        #expect(commands[1].activateSubscription.subscription == "s000001-1")
        #expect(commands[1].activateSubscription.identifiers == ["msisdn:420600000000", "imsi:230010000000000"])
        #expect(Set(commands.map(\.commandID)).count == commands.count)
        let identifiers = commands.flatMap { $0.activateSubscription.identifiers }
        #expect(Set(identifiers).count == identifiers.count && identifiers.allSatisfy { Identifier.normalized($0) == $0 })
        #expect(commands.count { $0.openAccount.terms.billCycleDay == 15 } == 500)
        #expect(commands.count { $0.activateSubscription.offering == "x" } > 300 && commands.count { $0.activateSubscription.offering == "y" } > 300)
        #expect(TrafficPopulation.account(1_234_567) == "a1234567")
    }

    @Test("faults are read from text, and refused with what is wrong")
    func parsing() throws {
        let faults = try TrafficFaults(parsing: "duplicates=0.01, late=0.02,malformed=0.001")
        #expect(faults.duplicates == 10_000 && faults.late == 20_000 && faults[.huge] == 10)
        #expect(TrafficFaults.Damage.allCases.reduce(0) { $0 + faults[$1] } == 1_000)
        #expect(try TrafficFaults(parsing: "") == .none)
        for text in ["late", "late=", "late=2", "late=-0.1", "late=0.0000001", "rain=0.1", "late=0.6,outOfOrder=0.6"] {
            #expect(throws: TrafficFaults.Unreadable.self, "\(text)") { try TrafficFaults(parsing: text) }
        }
    }
}
