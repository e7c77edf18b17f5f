import Events
import Pipeline
import Quantities

extension CallList {
    /// Draws the list of an invoice.
    public static func draw(from log: some ReadableLog, invoice: InvoiceDetail) throws -> CallList {
        try draw(
            from: log, account: invoice.header.account, periodStart: invoice.header.periodStart, seal: invoice.seal,
            currencyCode: invoice.header.total.currencyCode)
    }

    /// Draws the list of the account's period from usage.rated.
    ///
    /// On the bill are the period's own usages, and those of earlier periods that came after the bill before it was closed. Throws
    /// `CorruptRecord`, and what the log throws.
    public static func draw(
        from log: some ReadableLog, account: String, periodStart: Timestamp, seal: InvoiceSeal, currencyCode: String
    ) throws -> CallList {
        let index = RatedIndex(log: log, partition: seal.partition)
        var gathering = Gathering(account: account, periodStartMs: periodStart.ms)
        var expiredBefore: Int64?
        if seal.usageCount > 0 {
            let held = try log.offsets(of: .usageRated, partition: seal.partition)
            let start = try index.offset(ofNormalized: seal.firstOffset, in: held)
            let end = try index.offset(ofNormalized: seal.endOffset, in: start..<held.upperBound)
            if start == held.lowerBound, held.lowerBound > 0 { expiredBefore = held.lowerBound }
            try log.read(.usageRated, partition: seal.partition, start..<end) { try gathering.take($0) }
            if !gathering.isDecided {
                // Only the account's next end of a period says on which bill the earlier usages came.
                try log.read(.usageRated, partition: seal.partition, end..<held.upperBound) { try gathering.take($0, onlyEnds: true) }
            }
        }
        let found = gathering.found
        var digest = MultisetDigest()
        for member in found { digest.add(member.hash) }
        let text = Hex.string(digest.bytes)
        var finding: String?
        if Int64(found.count) != seal.usageCount {
            finding = "\(found.count) usages found, the invoice was made of \(seal.usageCount)"
        } else if text != seal.usageDigest, !(found.isEmpty && seal.usageCount == 0) {
            finding = "the usages differ from those that the invoice was made of"
        }
        if finding != nil, let expiredBefore {
            finding! += "; usage.rated/\(seal.partition) no longer holds offsets before \(expiredBefore)"
        }
        let others = Self.others(gathering)
        return CallList(
            account: account, periodStart: periodStart,
            items: found.enumerated().flatMap { place, member in
                others.hidden.contains(place)
                    ? []
                    : member.charges.map {
                        var usage = $0.usage
                        if others.masked.contains(place) { usage.parties.other = "" }
                        return Item(usage, correction: $0.correction, billedFrom: periodStart.ms, currencyCode: currencyCode)
                    }
            }, hiddenCount: others.hidden.count, digest: text, seal: seal, verified: finding == nil, finding: finding)
    }

    /// What turned out to be another customer's usage while the bill was open. Where all that was charged for it was taken back on this bill, it comes to
    /// nothing, and another's calls are nobody's business; where some of it stands on an earlier bill the line explains the money, without the number.
    private static func others(_ gathering: Gathering) -> (hidden: Set<Int>, masked: Set<Int>) {
        let members = gathering.found
        var (hidden, masked): (Set<Int>, Set<Int>) = ([], [])
        var open: [RawUsagePlace: [Int]] = [:]
        func leave(_ rawPlace: RawUsagePlace) {
            // It may come back after that, and then is the account's own.
            let all = open.removeValue(forKey: rawPlace) ?? []
            let nanos = all.reduce(Int128(0)) { sum, place in
                // As the bill counts it: what a balance had paid is given back there.
                members[place].charges.reduce(sum) { $0 + Int128($1.correction ?? 1) * (Int128($1.usage.chargeNanos) - Int128($1.usage.prepaidNanos)) }
            }
            if nanos == 0 { hidden.formUnion(all) } else { masked.formUnion(all) }
        }
        var departures = gathering.departures[...]
        for (place, member) in members.enumerated() {
            while let departure = departures.first, departure.record < member.record {
                leave(departure.rawPlace)
                departures.removeFirst()
            }
            if let rawPlace = member.rawPlace { open[rawPlace, default: []].append(place) }
        }
        for departure in departures { leave(departure.rawPlace) }
        return (hidden, masked)
    }

    /// What one record has on the bill, of the bill's own period or of earlier ones, and the digest of the record's bytes.
    private struct Member {
        let charges: [(usage: RatedUsage, correction: Int64?)]
        let isEarlier: Bool
        /// One number a record, ascending.
        let record: Int
        let hash: MultisetDigest

        /// All charges are of one usage.
        var rawPlace: RawUsagePlace? {
            charges.first.map { RawUsagePlace($0.usage) }
        }
    }

    private struct RawUsagePlace: Hashable {
        let partition: UInt32
        let offset: Int64
        let index: UInt32

        init(_ usage: RatedUsage) { (partition, offset, index) = (usage.rawPartition, usage.rawOffset, usage.rawIndex) }
        init(_ usage: Usage) { (partition, offset, index) = (usage.rawPartition, usage.rawOffset, usage.rawIndex) }
    }

    /// Follows the account's records in order and keeps those on the bill.
    private struct Gathering {
        let account: String
        let accountKey: [UInt8]
        let periodStartMs: Int64
        private var members: [Member] = []
        /// Usages of earlier periods are on this bill unless the bill before it turns out not to have been closed yet.
        private var mayBeEarlier: Bool { members.contains(where: \.isEarlier) }
        private var isEnded = false
        private var recordCount = 0
        /// What went to another account, behind that many records.
        private(set) var departures: [(record: Int, rawPlace: RawUsagePlace)] = []
        /// Taken back, with nothing in its place: it may turn out to be another's yet, with no charge left to take back.
        private var refused: Set<RawUsagePlace> = []

        init(account: String, periodStartMs: Int64) {
            self.account = account
            accountKey = Array(account.utf8)
            self.periodStartMs = periodStartMs
        }

        /// No record to come can change what was found.
        var isDecided: Bool { isEnded || (!mayBeEarlier && refused.isEmpty) }
        var found: [Member] { members }

        /// False once the bill's own period has ended.
        mutating func take(_ record: InputRecord, onlyEnds: Bool = false) throws -> Bool {
            // Most records are other accounts': their keys tell without decoding.
            if record.key.count > 0, !record.key.elementsEqual(accountKey) { return true }
            let (rated, value) = try RatedRecord.decode(record)
            switch rated.body {
            case .usage(let usage) where usage.account == account && usage.periodStartMs <= periodStartMs && !onlyEnds:
                add([(usage, nil)], value)
            case .usageCorrected(let event):
                if !onlyEnds { add(event.reversed.map { ($0, -1) } + event.replacement.map { ($0, 1) }, value) }
                note(event)
            case .periodEnded(let period) where period.account == account:
                if period.periodStartMs < periodStartMs {
                    members.removeAll(where: \.isEarlier)
                    // All that is left is the period's own.
                    if onlyEnds, refused.isEmpty { isEnded = true }
                } else {
                    isEnded = true
                }
            default: break
            }
            return !isEnded
        }

        private mutating func note(_ event: UsageCorrected) {
            if event.hasMoved {
                departures.append((recordCount, RawUsagePlace(event.moved)))
                refused.remove(RawUsagePlace(event.moved))
            } else if let reversed = event.reversed.first {
                if event.hasRefused { refused.insert(RawUsagePlace(reversed)) }
            } else if let replacement = event.replacement.first {
                refused.remove(RawUsagePlace(replacement))
            }
        }

        /// The parts of a correction may lie in several periods: the bill counts what is its own, and what is of earlier ones, once each.
        private mutating func add(_ charges: [(usage: RatedUsage, correction: Int64?)], _ value: UnsafeRawBufferPointer) {
            let own = charges.filter { $0.usage.account == account && $0.usage.periodStartMs <= periodStartMs }
            recordCount += 1
            for isEarlier in [false, true] {
                let some = own.filter { ($0.usage.periodStartMs < periodStartMs) == isEarlier }
                if some.isEmpty { continue }
                var hash = MultisetDigest()
                hash.add(value)
                members.append(Member(charges: some, isEarlier: isEarlier, record: recordCount, hash: hash))
            }
        }
    }
}

extension MultisetDigest {
    fileprivate mutating func add(_ other: MultisetDigest) { other.bytes.withUnsafeBytes { add(sum: $0) } }
}
