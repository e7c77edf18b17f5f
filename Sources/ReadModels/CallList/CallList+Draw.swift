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
        return CallList(
            account: account, periodStart: periodStart,
            items: found.map { Item($0.usage, billedFrom: periodStart.ms, currencyCode: currencyCode) }, digest: text, seal: seal,
            verified: finding == nil, finding: finding)
    }

    /// A usage and the digest of its record's bytes.
    private struct Member {
        let usage: RatedUsage
        let hash: MultisetDigest
    }

    /// Follows the account's records in order and keeps those on the bill.
    private struct Gathering {
        let account: String
        let accountKey: [UInt8]
        let periodStartMs: Int64
        private var members: [Member] = []
        /// Usages of earlier periods are on this bill unless the bill before it turns out not to have been closed yet.
        private var mayBeEarlier: Bool { members.contains { $0.usage.periodStartMs < periodStartMs } }
        private var isEnded = false

        init(account: String, periodStartMs: Int64) {
            self.account = account
            accountKey = Array(account.utf8)
            self.periodStartMs = periodStartMs
        }

        /// No record to come can change what was found.
        var isDecided: Bool { isEnded || !mayBeEarlier }
        var found: [Member] { members }

        /// False once the bill's own period has ended.
        mutating func take(_ record: InputRecord, onlyEnds: Bool = false) throws -> Bool {
            // Most records are other accounts': their keys tell without decoding.
            if record.key.count > 0, !record.key.elementsEqual(accountKey) { return true }
            let (rated, value) = try RatedRecord.decode(record)
            switch rated.body {
            case .usage(let usage) where usage.account == account && usage.periodStartMs <= periodStartMs && !onlyEnds:
                var hash = MultisetDigest()
                hash.add(value)
                members.append(Member(usage: usage, hash: hash))
            case .periodEnded(let period) where period.account == account:
                if period.periodStartMs < periodStartMs {
                    members.removeAll { $0.usage.periodStartMs < periodStartMs }
                    // All that is left is the period's own.
                    if onlyEnds { isEnded = true }
                } else {
                    isEnded = true
                }
            default: break
            }
            return !isEnded
        }
    }
}

extension MultisetDigest {
    fileprivate mutating func add(_ other: MultisetDigest) { other.bytes.withUnsafeBytes { add(sum: $0) } }
}
