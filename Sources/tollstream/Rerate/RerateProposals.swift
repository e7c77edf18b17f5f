import Events
import KafkaRuntime
import Pipeline
import Quantities

/// What asks for rating anew and was not answered yet.
struct RerateProposals {
    struct Proposal: Encodable {
        /// Empty: every account.
        var account: String
        var subscription: String
        var from: String
        var to: String
        var why: String
        var command: String

        var text: String { "\(account.isEmpty ? "all accounts" : "account \(account)"), from \(from) to \(to): \(why)\n  \(command)" }
    }

    private struct Open: Hashable {
        var account: String
        var subscription: String
        var fromMs: Int64
        var toMs: Int64
        var why: String
    }

    let open: [Proposal]

    init(_ log: KafkaLog) throws {
        var found: [Open] = []
        for partition in 0..<(try log.partitionCount(of: .usageRated)) {
            try log.read(.usageRated, partition: partition, try log.offsets(of: .usageRated, partition: partition)) { record in
                guard let value = record.value else { return true }
                switch try RatedRecord(serializedBytes: BorrowedBytes(value)).body {
                case .rerateProposed(let event):
                    let proposal = Open(
                        account: event.account, subscription: event.subscription, fromMs: event.fromMs, toMs: event.toMs, why: event.why)
                    // What concerns all accounts is proposed in each partition, as far as each has come.
                    let known = found.firstIndex {
                        $0.account == proposal.account && $0.subscription == proposal.subscription && $0.why == proposal.why
                    }
                    if let known {
                        found[known].toMs = max(found[known].toMs, proposal.toMs)
                    } else {
                        found.append(proposal)
                    }
                case .rerated(let event):
                    // One account that was put right does not answer for all; an empty one does.
                    found.removeAll {
                        (event.account.isEmpty || $0.account == event.account) && event.fromMs <= $0.fromMs && $0.toMs <= event.toMs
                    }
                default: break
                }
                return true
            }
        }
        open = found.map { proposal in
            let (from, to) = (Timestamp(ms: proposal.fromMs).description, Timestamp(ms: proposal.toMs).description)
            let account = proposal.account.isEmpty ? "" : " --account \(proposal.account)"
            return Proposal(
                account: proposal.account, subscription: proposal.subscription, from: from, to: to, why: proposal.why,
                command: "tollstream rerate --from \(from)\(account) --dry-run")
        }
    }
}
