import Events
import Quantities
import Simulation

/// Who holds a number when, and what a usage of it costs: by the commands alone, in the order in which they were sent. It shares nothing with the stages.
struct PortTruth {
    /// [from, to) of a subscription; a `to` of nil is open.
    struct Span {
        var account: String
        var subscription: String
        var from: Int64
        var to: Int64?
        /// It ended with the subscription, whose plan says what becomes of usage after it.
        var isEnded = false

        func holds(_ ms: Int64) -> Bool { from <= ms && ms < to ?? .max }
    }

    enum Fate: Equatable {
        case charged(account: String, subscription: String, nanos: Int64)
        /// The plan bills nothing after its end.
        case rejected
        case nobodys
    }

    private(set) var spans: [String: [Span]] = [:]
    private var plans: [String: String] = [:]

    init(_ scenario: Scenario) {
        for item in scenario.items {
            if case .command(let command) = item { take(command) }
        }
    }

    mutating func take(_ command: CustomerCommand) {
        switch command.body {
        case .activateSubscription(let body):
            plans[body.subscription] = body.offering
            for number in body.identifiers { assign(number, body.account, body.subscription, body.fromMs) }
        case .assignIdentifier(let body): assign(body.identifier, body.account, body.subscription, body.fromMs)
        case .releaseIdentifier(let body):
            let place = spans[body.identifier]?.firstIndex { $0.subscription == body.subscription && $0.holds(body.atMs) && $0.to == nil }
            if let place { spans[body.identifier]?[place].to = body.atMs }
        case .endSubscription(let body):
            for number in spans.keys {
                let place = spans[number]?.firstIndex { $0.subscription == body.subscription && $0.to == nil }
                guard let place else { continue }
                spans[number]?[place].to = body.atMs
                spans[number]?[place].isEnded = true
            }
        default: break
        }
    }

    private mutating func assign(_ number: String, _ account: String, _ subscription: String, _ from: Int64) {
        spans[number, default: []].append(Span(account: account, subscription: subscription, from: from))
    }

    func fate(of usage: RawUsage) -> Fate {
        let all = spans[usage.subscriber] ?? []
        let holding = all.first { $0.holds(usage.startMs) }
        // Nobody has it by then: who had it last still does, if it ended with a subscription.
        let last = all.filter { ($0.to ?? .max) <= usage.startMs && $0.from < $0.to ?? .max }.max { $0.to ?? 0 < $1.to ?? 0 }
        guard let span = holding ?? last, holding != nil || span.isEnded, let plan = plans[span.subscription] else { return .nobodys }
        if holding == nil, plan == "line-eur" { return .rejected }
        let prices: [String: Int64] = plan == "flat-eur" ? ["voice": 10_000_000, "sms": 50_000_000] : ["voice": 20_000_000, "sms": 70_000_000]
        guard let price = prices[usage.type], let quantity = Int64(usage.quantity) else { return .nobodys }
        return .charged(account: span.account, subscription: span.subscription, nanos: price * quantity)
    }
}

/// What a log comes to: of each usage, by its content's own name, what stands charged to whom once corrections are counted, and what stands suspended.
struct ChargedUsage {
    struct Charge: Hashable {
        var account: String
        var subscription: String
        var quantityMicros: Int64 = 0
        var nanos: Int64 = 0
    }

    /// All usage that was ever sent, by record id.
    private(set) var usages: [String: RawUsage] = [:]
    /// By record id: what is left of each subscription's, without what is nothing.
    private(set) var charges: [String: [Charge]] = [:]
    /// Record ids of what was suspended and not sent through once more.
    private(set) var suspended: Set<String> = []
    /// Usages that were charged to several in turn.
    private(set) var movedCount = 0
    private var places: [String: String] = [:]
    private var sums: [String: [String: Charge]] = [:]

    init(_ log: InMemoryLog, source: String = "ports") throws {
        var recycled: Set<String> = []
        for partition in 0..<log.partitionCount(of: .usageRaw) {
            try log.read(.usageRaw, partition: partition, 0..<Int64.max) { record in
                if let header = record.headers.last(where: { $0.name == "recycles" }) { recycled.insert(String(decoding: header.value, as: UTF8.self)) }
                guard let value = record.value, let raw = try? RawUsage(serializedBytes: BorrowedBytes(value)), raw.stream == source else { return true }
                if let known = usages[raw.recordID], known != raw { throw UnlikeCopies(recordID: raw.recordID) }
                usages[raw.recordID] = raw
                places["\(partition)/\(record.offset)"] = raw.recordID
                return true
            }
        }
        for partition in 0..<log.partitionCount(of: .usageMoves) {
            for value in log.values(of: .usageMoves, partition: partition) {
                let move = try UsageMove(serializedBytes: value)
                if move.hasRecycles { recycled.insert(move.recycles.id.description) }
            }
        }
        for partition in 0..<log.partitionCount(of: .usageSuspended) {
            for value in log.values(of: .usageSuspended, partition: partition) {
                let event = try SuspendedUsage(serializedBytes: value)
                guard let name = places["\(event.rawPartition)/\(event.rawOffset)"], !recycled.contains(event.meta.id.description) else { continue }
                suspended.insert(name)
            }
        }
        for partition in 0..<log.partitionCount(of: .usageRated) {
            for value in log.values(of: .usageRated, partition: partition) {
                switch try RatedRecord(serializedBytes: value).body {
                case .usage(let usage): add(usage, 1)
                case .usageCorrected(let event):
                    for part in event.reversed { add(part, -1) }
                    for part in event.replacement { add(part, 1) }
                default: break
                }
            }
        }
        movedCount = sums.values.count { $0.count > 1 }
        charges = sums.mapValues { all in all.values.filter { $0.quantityMicros != 0 || $0.nanos != 0 }.sorted { $0.subscription < $1.subscription } }
    }

    private mutating func add(_ part: RatedUsage, _ sign: Int64) {
        guard let name = places["\(part.rawPartition)/\(part.rawOffset)"] else { return }
        var charge = sums[name]?[part.subscription] ?? Charge(account: part.account, subscription: part.subscription)
        charge.quantityMicros += sign * part.quantityMicros
        charge.nanos += sign * part.chargeNanos
        sums[name, default: [:]][part.subscription] = charge
    }

    /// Charges by account.
    var totals: [String: Int64] {
        charges.values.joined().reduce(into: [:]) { $0[$1.account, default: 0] += $1.nanos }.filter { $0.value != 0 }
    }

    /// What stands charged twice: at no time does anything.
    var doubled: [String] {
        charges.keys.sorted().filter { name in
            let quantity = (charges[name] ?? []).reduce(0) { $0 + $1.quantityMicros }
            return quantity > (usages[name].flatMap { Int64($0.quantity) } ?? 0) * 1_000_000
        }.map { "\($0) is charged more than once: \((charges[$0] ?? []).map(\.text))" }
    }

    /// What is not as the commands would have it.
    func faults(_ truth: PortTruth) -> [String] {
        usages.keys.sorted().compactMap { name in
            guard let raw = usages[name] else { return nil }
            let fate = truth.fate(of: raw)
            let found = charges[name] ?? []
            var expected: [Charge] = []
            if case .charged(let account, let subscription, let nanos) = fate {
                expected = [Charge(account: account, subscription: subscription, quantityMicros: (Int64(raw.quantity) ?? 0) * 1_000_000, nanos: nanos)]
            }
            let isHeldBack = suspended.contains(name)
            if found == expected, isHeldBack == (fate == .nobodys) { return nil }
            return "\(name) of \(Timestamp(ms: raw.startMs)) is \(found.map(\.text)), suspended: \(isHeldBack); it should be \(fate)"
        }
    }
}

extension ChargedUsage.Charge {
    fileprivate var text: String { "\(account)/\(subscription) \(quantityMicros) for \(nanos)" }
}

/// The scenario's fault: two usages have one record id.
struct UnlikeCopies: Error {
    let recordID: String
}
