import Events
import Foundation
import Pipeline
import Rating

/// An engine with a thousand accounts, and usage for them, encoded.
struct BenchRig {
    private let stage = RateStage()
    private var tables = RateTables()
    private let fresh: RateState
    private var quoter: Quoter
    private let records: [[UInt8]]
    private var outbox = Outbox()
    private static let accounts = 1000

    init(_ content: CatalogueContent, usages: Int) throws {
        let hash = [UInt8](repeating: 7, count: 32)
        let value: [UInt8] = try CatalogueRecord.with { $0.content = content }.serializedBytes()
        var tables = RateTables()
        try hash.withUnsafeBytes { key in
            try value.withUnsafeBytes { try tables.apply(.catalogueContent, InputRecord(partition: 0, offset: 0, key: key, value: $0)) }
        }
        var state = RateState(partition: 0)
        var outbox = Outbox()
        func step(_ record: NormalizedRecord) throws {
            let bytes: [UInt8] = try record.serializedBytes()
            try bytes.withUnsafeBytes {
                _ = try stage.step(Self.record($0), tables: tables, state: &state, outbox: &outbox)
            }
        }
        let stage = RateStage()
        try step(.with { $0.catalogue.hash = Data(hash) })
        for account in 0..<Self.accounts {
            try step(
                .with {
                    $0.accountOpened.account = "a\(account)"
                    $0.accountOpened.fromMs = 1_767_225_600_000
                    $0.accountOpened.terms = .with { $0.currency = "EUR"; $0.timeZone = "Europe/Prague"; $0.billCycleDay = 1 }
                })
            try step(
                .with {
                    $0.subscriptionActivated.account = "a\(account)"
                    $0.subscriptionActivated.subscription = "s\(account)"
                    $0.subscriptionActivated.offering = "o"
                    $0.subscriptionActivated.fromMs = 1_767_225_600_000
                })
        }
        self.tables = tables
        fresh = state
        quoter = try Quoter(content)
        records = try (0..<usages).map { try Self.usage($0).serializedBytes() }
    }

    private static func record(_ value: UnsafeRawBufferPointer) -> InputRecord {
        InputRecord(partition: 0, offset: 0, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value)
    }

    private static func usage(_ number: Int) -> NormalizedRecord {
        .with {
            $0.meta.idHigh = UInt64(number)
            // Spread as a hash spreads them.
            $0.usage.identityHigh = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
            $0.usage.identityLow = UInt64(number) &* 0xd6e8_feb8_6659_fd93
            $0.usage.recordHigh = UInt64(number) &* 0xa076_1d64_78bd_642f
            $0.usage.recordLow = UInt32(truncatingIfNeeded: number &* 0x2c1b_3c6d)
            $0.usage.content = UInt32(truncatingIfNeeded: number &* 0x297a_2d39)
            $0.usage.rawOffset = Int64(number)
            $0.usage.account = "a\(number % accounts)"
            $0.usage.subscription = "s\(number % accounts)"
            $0.usage.type = "voice"
            // Each minute of some two months.
            $0.usage.startMs = 1_790_812_800_000 + Int64(number % 86_400) * 60_000
            $0.usage.quantityMicros = Int64(number % 300) * 1_000_000
            $0.usage.unit = .second
            $0.usage.parties.other = String(100_000 + number * 7919 % 100_000) + "4567"
        }
    }

    /// Prices all usages as those of a new customer, and books none.
    mutating func price() throws {
        for record in records { _ = try record.withUnsafeBytes { try quoter.price($0) } }
    }

    /// Rates all usages in a state in which nothing was used yet.
    mutating func rate() throws {
        var state = fresh
        for record in records {
            try record.withUnsafeBytes { _ = try stage.step(Self.record($0), tables: tables, state: &state, outbox: &outbox) }
            // As a batch does.
            if outbox.bytes.count > 4_000_000 { outbox.removeAll() }
        }
        var changelog = ChangelogWriter(topic: .stateRate, partition: 0, outbox: outbox)
        state.flush(into: &changelog)
        outbox = changelog.finish()
        outbox.removeAll()
    }
}
