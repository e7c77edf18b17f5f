import Events
import KafkaRuntime
import Pipeline
import Quantities
import Rating

/// What asks for rating anew and was not answered yet.
struct RerateProposals {
    struct Proposal: Encodable {
        /// Empty: every account.
        var account: String
        var subscription: String
        var from: String
        var to: String
        var why: String
        var kind: String
        /// The catalogue's policy: it is carried out by itself.
        var applies: Bool
        var command: String
        fileprivate(set) var range = Int64.min..<Int64.max

        var text: String {
            "\(account.isEmpty ? "all accounts" : "account \(account)"), from \(from) to \(to): \(why)\(applies ? " (applies by itself)" : "")\n  \(command)"
        }

        private enum CodingKeys: String, CodingKey { case account, subscription, from, to, why, kind, applies, command }
    }

    private struct Open: Hashable {
        var account: String
        var subscription: String
        var fromMs: Int64
        var toMs: Int64
        var why: String
        var kind: LateFactKind
        var applies: Bool
        /// Of the record of usage.normalized that it was proposed for last.
        var offset: Int64
    }

    let open: [Proposal]

    init(_ log: KafkaLog) throws {
        var all: [Open] = []
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            // An answer stands in the partition of what it answers, behind it; what answers all accounts, in each.
            var found: [Open] = []
            try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
                guard let value = record.value else { return true }
                let fact = try RatedRecord(serializedBytes: BorrowedBytes(value))
                switch fact.body {
                case .rerateProposed(let event):
                    let proposal = Open(
                        account: event.account, subscription: event.subscription, fromMs: event.fromMs, toMs: event.toMs, why: event.why, kind: event.kind,
                        applies: event.applies, offset: fact.normalizedOffset)
                    Self.add(proposal, to: &found)
                case .rerated(let event):
                    // One account that was put right does not answer for all; an empty one does. What came after history was read nobody has answered.
                    found.removeAll {
                        // The rerate on whose way the account was used does not settle that.
                        (event.account.isEmpty || $0.account == event.account) && event.fromMs <= $0.fromMs && $0.toMs <= event.toMs
                            && (event.asOfOffset == 0 || $0.offset < event.asOfOffset) && !($0.kind == .usedMeanwhile && $0.why.contains(event.rerate))
                    }
                default: break
                }
                return true
            }
            // What concerns all accounts is proposed in each partition, as far as each has come.
            for proposal in found { Self.add(proposal, to: &all) }
        }
        open = all.map { proposal in
            let (from, to) = (Timestamp(ms: proposal.fromMs).description, Timestamp(ms: proposal.toMs).description)
            let account = proposal.account.isEmpty ? "" : " --account \(proposal.account)"
            let keeps = proposal.kind == .unspecified ? "" : " --keep-catalogues"
            var open = Proposal(
                account: proposal.account, subscription: proposal.subscription, from: from, to: to, why: proposal.why, kind: proposal.kind.text,
                applies: proposal.applies, command: "tollstream rerate --from \(from)\(account)\(keeps) --dry-run")
            open.range = proposal.fromMs..<max(proposal.toMs, proposal.fromMs + 1)
            return open
        }
    }

    private static func add(_ proposal: Open, to list: inout [Open]) {
        let known = list.firstIndex { $0.account == proposal.account && $0.subscription == proposal.subscription && $0.why == proposal.why }
        if let known {
            list[known].toMs = max(list[known].toMs, proposal.toMs)
            list[known].offset = max(list[known].offset, proposal.offset)
        } else {
            list.append(proposal)
        }
    }
}

extension RerateProposals {
    /// What answers the proposals: those of accounts in one run, which leaves each usage its own version of the catalogue; those of all accounts each by
    /// itself, for they are of corrected catalogues.
    static func requests(_ proposals: [Proposal]) -> [RerateRequest] {
        var requests = proposals.filter(\.account.isEmpty).map { RerateRequest(range: $0.range) }
        let some = proposals.filter { !$0.account.isEmpty }
        if let from = some.map(\.range.lowerBound).min(), let to = some.map(\.range.upperBound).max() {
            var request = RerateRequest(range: from..<to)
            request.accounts = Set(some.map(\.account))
            request.keepsCatalogues = true
            requests.append(request)
        }
        return requests
    }
}

extension LateFactKind {
    fileprivate var text: String {
        switch self {
        case .plan: "plan"
        case .end: "end"
        case .suspension: "suspension"
        case .favourites: "favourites"
        case .purchase: "purchase"
        case .rollover: "rollover"
        case .holder: "holder"
        case .usedMeanwhile: "used-meanwhile"
        case .unspecified, .UNRECOGNIZED: ""
        }
    }
}
