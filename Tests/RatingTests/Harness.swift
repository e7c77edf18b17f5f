import Events
import Pipeline
import Quantities
import Rating
import SwiftProtobuf

/// Steps the rate stage in one partition, as a worker does, and keeps what it emits.
struct Harness {
    var stage: RateStage
    var tables = RateTables()
    var task = PartitionTask<RateStage>(partition: 3, position: 0)
    var outbox = Outbox()
    var offset: Int64 = 0
    /// Topic, key and value of each output, changelog apart.
    var outputs: [Output] = []
    /// The changelog as it came, and compacted by key in order of the last write.
    var changelog: [(key: [UInt8], value: [UInt8]?)] = []
    var steps = 0

    struct Output: Equatable {
        var topic: Topic
        var partition: Int32?
        var key: [UInt8]
        var value: [UInt8]
    }

    init(_ content: CatalogueContent? = nil, closingChunk: Int = 500) throws {
        stage = RateStage(closingChunk: closingChunk)
        guard let content else { return }
        try load(content, hash: 1)
        try feed(Self.marker(1))
    }

    static func hash(_ seed: UInt8) -> [UInt8] { [UInt8](repeating: seed, count: 32) }

    static func marker(_ seed: UInt8) -> NormalizedRecord {
        .with { $0.catalogue.hash.append(contentsOf: hash(seed)) }
    }

    mutating func load(_ content: CatalogueContent, hash: UInt8) throws {
        let value: [UInt8] = try CatalogueRecord.with { $0.content = content }.serializedBytes()
        try Self.hash(hash).withUnsafeBytes { key in
            try value.withUnsafeBytes { value in
                try tables.apply(.catalogueContent, InputRecord(partition: 0, offset: 0, key: key, value: value))
            }
        }
    }

    /// Steps the record to its end; the result of the last step.
    @discardableResult
    mutating func feed(_ record: NormalizedRecord) throws -> StepResult {
        var record = record
        record.meta.idHigh = 7
        record.meta.idLow = UInt64(offset + 1)
        let bytes: [UInt8] = try record.serializedBytes()
        while true {
            let result = try bytes.withUnsafeBytes { value in
                try task.step(
                    InputRecord(partition: 3, offset: offset, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value),
                    stage: stage, tables: tables, outbox: &outbox)
            }
            steps += 1
            if result == .again { continue }
            if result == .done { offset += 1 }
            return result
        }
    }

    /// Steps once only, even where there is more to do.
    mutating func feedOnce(_ record: NormalizedRecord) throws -> StepResult {
        var record = record
        record.meta.idHigh = 7
        record.meta.idLow = UInt64(offset + 1)
        let bytes: [UInt8] = try record.serializedBytes()
        let result = try bytes.withUnsafeBytes { value in
            try task.step(
                InputRecord(partition: 3, offset: offset, key: UnsafeRawBufferPointer(start: nil, count: 0), value: value),
                stage: stage, tables: tables, outbox: &outbox)
        }
        if result == .done { offset += 1 }
        return result
    }

    /// Ends a batch: flushes the state and takes what was emitted.
    mutating func commit() {
        task.flush(into: &outbox)
        for entry in outbox.entries {
            let key = Array(outbox.bytes[entry.key])
            let value = entry.value.map { Array(outbox.bytes[$0]) }
            // How far the input was read is the runtime's own: these tests are about the state.
            if key.starts(with: [0x80, 0x00]) { continue }
            if entry.topic == .stateRate {
                changelog.append((key, value))
            } else {
                outputs.append(Output(topic: entry.topic, partition: entry.partition, key: key, value: value ?? []))
            }
        }
        outbox.removeAll()
    }

    /// What a new worker has after this one's last commit: compacted, the last entry of each key.
    mutating func restart() throws {
        commit()
        var last: [[UInt8]: Int] = [:]
        for (place, entry) in changelog.enumerated() { last[entry.key] = place }
        task = PartitionTask(partition: 3, position: offset)
        for (place, entry) in changelog.enumerated() where last[entry.key] == place {
            try entry.key.withUnsafeBytes { key in
                if let value = entry.value {
                    try value.withUnsafeBytes { try task.restore(key: key, value: $0) }
                } else {
                    try task.restore(key: key, value: nil)
                }
            }
        }
        task.finishRestore()
    }

    /// What was emitted to usage.rated since the last call.
    mutating func rated() throws -> [RatedRecord] {
        commit()
        defer { outputs.removeAll() }
        return try outputs.filter { $0.topic == .usageRated }.map { try RatedRecord(serializedBytes: $0.value) }
    }
}

/// Shorthands for the events of a scenario.
enum Given {
    static func account(_ id: String, from: String = "2026-01-01T00:00:00Z", day: UInt32 = 1, currency: String = "CZK", zone: String = "UTC")
        -> NormalizedRecord
    {
        .with {
            $0.accountOpened.account = id
            $0.accountOpened.fromMs = ms(from)
            $0.accountOpened.terms = .with {
                $0.currency = currency
                $0.timeZone = zone
                $0.billCycleDay = day
                $0.issuer = "issuer"
                $0.taxCategory = "standard"
            }
        }
    }

    static func subscription(_ id: String, of account: String, _ offering: String, from: String = "2026-01-01T00:00:00Z") -> NormalizedRecord {
        .with {
            $0.subscriptionActivated.account = account
            $0.subscriptionActivated.subscription = id
            $0.subscriptionActivated.offering = offering
            $0.subscriptionActivated.fromMs = ms(from)
        }
    }

    static func ended(_ id: String, of account: String, at: String) -> NormalizedRecord {
        .with {
            $0.subscriptionEnded.account = account
            $0.subscriptionEnded.subscription = id
            $0.subscriptionEnded.atMs = ms(at)
        }
    }

    static func planChange(_ id: String, of account: String, to offering: String, from: String) -> NormalizedRecord {
        .with {
            $0.planChangeOrdered.account = account
            $0.planChangeOrdered.subscription = id
            $0.planChangeOrdered.offering = offering
            $0.planChangeOrdered.fromMs = ms(from)
        }
    }

    /// `id` is the record's identity and raw offset.
    static func usage(
        _ id: Int64, _ type: String = "voice", _ micros: Int64, at: String = "2026-01-10T12:00:00Z", to number: String = "",
        account: String = "a", subscription: String = "s"
    ) -> NormalizedRecord {
        .with {
            $0.usage.identityHigh = UInt64(bitPattern: id &* 0x2545_f491_4f6c_dd1d)
            $0.usage.identityLow = UInt64(id)
            $0.usage.rawPartition = 2
            $0.usage.rawOffset = id
            $0.usage.account = account
            $0.usage.subscription = subscription
            $0.usage.type = type
            $0.usage.startMs = ms(at)
            $0.usage.quantityMicros = micros
            $0.usage.unit = type == "voice" ? .second : type == "data" ? .byte : .event
            if !number.isEmpty { $0.usage.parties = .with { $0.other = number; $0.served = "420601000001" } }
        }
    }

    static func barrier(_ sequence: Int64, _ time: String, raw: UInt32 = 0, of count: UInt32 = 1) -> NormalizedRecord {
        .with {
            $0.barrier.sequence = sequence
            $0.barrier.timeMs = ms(time)
            $0.barrier.rawPartition = raw
            $0.barrier.rawPartitionCount = count
        }
    }

    static func ms(_ text: String) -> Int64 { Timestamp(rfc3339: text)?.ms ?? Int64.min }
}

let second: Int64 = 1_000_000
let minute: Int64 = 60_000_000
let event: Int64 = 1_000_000
let gigabyte: Int64 = 1_000_000_000_000_000

/// A tariff with something of everything.
enum Tariffs {
    static func step(_ from: Int64 = 0, by increment: Int64, _ nanos: Int64, per: Int64) -> RateStep {
        .with {
            $0.fromMicros = from
            $0.incrementMicros = increment
            $0.priceNanos = nanos
            $0.pricePerMicros = per
        }
    }

    static func price(_ id: String, _ type: String, _ steps: [RateStep], zones: [String] = [], scope: CountScope = .event, fee: Int64 = 0) -> UsagePrice {
        .with {
            $0.id = id
            $0.type = type
            $0.steps = steps
            $0.zones = zones
            $0.scope = scope
            $0.connectionFeeNanos = fee
        }
    }

    static func allowance(_ id: String, _ type: String, _ micros: Int64, zones: [String] = []) -> Allowance {
        .with {
            $0.id = id
            $0.type = type
            $0.amountMicros = micros
            $0.zones = zones
        }
    }

    static func fee(_ id: String, _ nanos: Int64, onlyWithUsage: Bool = false) -> RecurringPrice {
        .with {
            $0.id = id
            $0.amountNanos = nanos
            $0.onlyWithUsage = onlyWithUsage
        }
    }

    static func version(_ from: String, fees: [RecurringPrice] = [], allowances: [Allowance] = [], _ prices: [UsagePrice]) -> OfferingVersion {
        .with {
            $0.validFromMs = Given.ms(from)
            $0.recurring = fees
            $0.allowances = allowances
            $0.prices = prices
        }
    }

    static func content(_ offerings: [(String, [OfferingVersion])], graceMs: Int64 = 86_400_000, latePeriods: UInt32 = 1) -> CatalogueContent {
        .with {
            $0.graceMs = graceMs
            $0.latePeriods = latePeriods
            $0.usageSpecifications = [("voice", UsageUnit.second), ("sms", .event), ("data", .byte)].map { type, unit in
                .with {
                    $0.type = type
                    $0.unit = unit
                }
            }
            $0.timeZones = [.with {
                $0.id = "UTC"
                $0.transitionMs = [Int64.min]
                $0.offsetSeconds = [0]
            }]
            $0.zones = [("national", ["420"]), ("mobile", ["4206", "4207"]), ("eu", ["49", "43"])].map { id, prefixes in
                .with {
                    $0.id = id
                    $0.prefixes = prefixes
                }
            }
            $0.issuers = [.with {
                $0.id = "issuer"
                $0.series = "cz"
                $0.taxes = [.with {
                    $0.category = "standard"
                    $0.percentMicros = 21_000_000
                }]
            }]
            $0.offerings = offerings.map { id, versions in
                .with {
                    $0.id = id
                    $0.currency = "CZK"
                    $0.versions = versions
                }
            }
        }
    }

    /// Minutes at 1.00, started blocks of a GB at 10.00, messages at 0.50, fees of both kinds.
    static let plain = version(
        "2020-01-01T00:00:00Z", fees: [fee("monthly", 99_000_000_000)],
        allowances: [allowance("minutes", "voice", 100 * second), allowance("traffic", "data", gigabyte)],
        [
            price("minute", "voice", [step(by: minute, 1_000_000_000, per: minute)]),
            price("message", "sms", [step(by: event, 500_000_000, per: event)]),
            price("traffic", "data", [step(by: gigabyte, 10_000_000_000, per: gigabyte)], scope: .period),
        ])
    static let other = version(
        "2020-01-01T00:00:00Z", fees: [fee("active", 20_000_000_000, onlyWithUsage: true)],
        [price("second", "voice", [step(by: second, 2_000_000_000, per: minute)])])
    static let both = content([("plain", [plain]), ("other", [other])])
}
