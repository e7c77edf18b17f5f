import Events
import Pipeline
import Quantities

/// Rates history anew, from the log alone and without writing to it.
///
/// The order is that of the log, for that is the order in which counters were drawn: with nothing changed, nothing comes out otherwise, to the last nano.
/// Where it is asked for, or was before, it is that of the usage's own time. What may differ else: usage and fees within the range go by another
/// catalogue; facts that came late count from their own time on; and what was corrected since counts as corrected. Usage that was suspended when it came
/// stays with usage.suspended and its recycling; which of it would be rated now is told.
public struct Rerater<Log: ReadableLog> {
    let log: Log
    let request: RerateRequest
    var progress: (Int64) -> Void = { _ in }

    public init(_ log: Log, _ request: RerateRequest, progress: @escaping (Int64) -> Void = { _ in }) {
        self.log = log
        self.request = request
        self.progress = progress
    }

    /// - Throws: `RerateFault` where the log does not hold what is needed, `CorruptRecord`, and what the log throws.
    public func run() throws -> RerateOutcome {
        let (tables, tariff) = try catalogues()
        var outcome = RerateOutcome()
        outcome.catalogue = tariff.hash.description
        let partitions = try log.partitionCount(of: .usageNormalized)
        var ends: [Int64] = []
        for partition in 0..<partitions { ends.append(try end(of: partition)) }
        outcome.rerate = id(tariff, ends)
        for partition in 0..<partitions {
            outcome = try rerate(partition, tables, tariff, end: ends[Int(partition)], outcome)
        }
        // Another catalogue than the one in force answers nothing that was proposed because of that.
        if request.keepsOrders, request.accounts.isEmpty, request.catalogue == nil {
            var answer = RerateOrder()
            (answer.rerate, answer.fromMs, answer.toMs) = (outcome.rerate, request.range.lowerBound, request.range.upperBound)
            answer.sequence = request.sequence
            if !request.keepsCatalogues { answer.catalogue.append(contentsOf: tariff.hash.bytes) }
            answer.chunkCount = 1
            outcome.answers = ends.map { end in
                var answer = answer
                answer.asOfOffset = end
                return answer
            }
        }
        outcome.rows.sort { ($0.account, $0.offering, $0.price) < ($1.account, $1.offering, $1.price) }
        return outcome
    }

    /// What usage that moves costs where it goes, behind all that its holders' history comes to: rows of what is added there, and what would be suspended
    /// as problems. Nothing is ordered, for a usage that comes is rated by itself.
    ///
    /// - Parameter arrivals: as the move stage would write them to usage.normalized.
    public func run(arrivals: [Usage]) throws -> RerateOutcome {
        func isAsked(_ usage: Usage) -> Bool { request.accounts.isEmpty || request.accounts.contains(usage.account) }
        // Who is not rated anew stays as it was.
        var others = request
        (others.keepsCatalogues, others.catalogue, others.sequence) = (true, nil, .log)
        var outcome = RerateOutcome()
        for (some, request) in [(arrivals.filter(isAsked), request), (arrivals.filter { !isAsked($0) }, others)] where !some.isEmpty {
            outcome = try Rerater(log, request, progress: progress).add(some, to: outcome)
        }
        outcome.rows.sort { ($0.account, $0.offering, $0.price) < ($1.account, $1.offering, $1.price) }
        return outcome
    }

    private func add(_ arrivals: [Usage], to outcome: RerateOutcome) throws -> RerateOutcome {
        var request = request
        request.accounts = Set(arrivals.map(\.account))
        request.keepsOrders = false
        let (tables, tariff) = try catalogues()
        var inForce = tariff
        if request.catalogue != nil {
            var plain = request
            plain.catalogue = nil
            inForce = try Rerater(log, plain).catalogues().tariff
        }
        let rerater = Rerater(log, request, progress: progress)
        let count = try log.partitionCount(of: .usageNormalized)
        var outcome = outcome
        for (partition, some) in Dictionary(grouping: arrivals, by: { Partitioner.partition($0.account, of: count) }).sorted(by: { $0.key < $1.key }) {
            outcome = try rerater.rerate(partition, tables, tariff, end: try end(of: partition), outcome, arrivals: some, by: inForce)
        }
        for usage in arrivals where !outcome.knownAccounts.contains(usage.account) {
            outcome.note(.init(account: usage.account, rawPartition: usage.rawPartition, rawOffset: usage.rawOffset, reason: .unknownAccount))
        }
        return outcome
    }

    private func catalogues() throws -> (tables: RateTables, tariff: Tariff) {
        var tables = RateTables()
        var inForce: CatalogueHash?
        try log.read(.catalogueContent, partition: 0, try log.offsets(of: .catalogueContent, partition: 0)) { record in
            if let value = record.value, case .current(let marker)? = (try? CatalogueRecord(serializedBytes: BorrowedBytes(value)))?.body {
                inForce = CatalogueHash(marker.hash)
            }
            try tables.apply(.catalogueContent, record)
            return true
        }
        let tariff = try tariff(inForce, &tables)
        return (tables, tariff)
    }

    /// Walks a partition again as long as a period had drawn more of what rolls over than that came to in the end: then it draws by what that was. Each walk
    /// puts right at least the oldest period that was not.
    private func rerate(
        _ partition: Int32, _ tables: RateTables, _ tariff: Tariff, end: Int64, _ outcome: RerateOutcome, arrivals: [Usage] = [], by inForce: Tariff? = nil
    ) throws -> RerateOutcome {
        var left: [RolledKey: [Int128]] = [:]
        while true {
            var run = PartitionRerate(self, tables, tariff, partition, end: end, outcome, left: left, arrivals: arrivals, by: inForce)
            try run.run()
            let found = left.merging(run.overdrawn) { $1 }
            if found == left { return run.outcome }
            left = found
        }
    }

    private func tariff(_ inForce: CatalogueHash?, _ tables: inout RateTables) throws -> Tariff {
        if let (content, key) = request.catalogue {
            guard let hash = CatalogueHash(Array(key.utf8)) else { throw RerateFault(description: "\(key) is no catalogue's key") }
            if let known = tables.tariff(hash) { return known }
            do throws(TariffError) {
                let tariff = try Tariff(content, hash: hash)
                tables.add(tariff)
                return tariff
            } catch { throw RerateFault(description: "the catalogue can't be used: \(error.reason)") }
        }
        guard let inForce, let tariff = tables.tariff(inForce) else {
            throw RerateFault(description: "no catalogue has been published: nothing was rated yet")
        }
        return tariff
    }

    /// The offset of usage.normalized up to which the partition was rated.
    private func end(of partition: Int32) throws -> Int64 {
        let held = try log.offsets(of: .usageNormalized, partition: partition)
        guard held.lowerBound == 0 else {
            throw RerateFault(
                description: "usage.normalized/\(partition) holds nothing before offset \(held.lowerBound) any more: history is rated anew from its beginning")
        }
        return min(try log.committed(.rate, partition: partition) ?? 0, held.upperBound)
    }

    private func id(_ tariff: Tariff, _ ends: [Int64]) -> String {
        var hash = SipHash128()
        hash.combine(UInt64(bitPattern: request.range.lowerBound))
        hash.combine(UInt64(bitPattern: request.range.upperBound))
        for account in request.accounts.sorted() { hash.combine(text: account) }
        for word in tariff.hash.words { hash.combine(word) }
        if request.keepsCatalogues || request.sequence != .log { hash.combine(UInt64(request.sequence.rawValue) << 1 | (request.keepsCatalogues ? 1 : 0)) }
        for end in ends { hash.combine(UInt64(bitPattern: end)) }
        return hash.finish().description
    }
}
