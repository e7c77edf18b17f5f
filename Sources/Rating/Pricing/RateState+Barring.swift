import Events
import Quantities

/// What becomes of usage of suspended and ended subscriptions: what the plan's version in force says, at the usage's start, or at the end.
extension RateState {
    /// Of usage that began at the subscription's end or later.
    func policyAfterEnd(_ context: UsageContext) -> UsagePolicy {
        planVersion(at: subscriptions[Int(context.subscription)].toMs - 1, context)?.whenEnded ?? .suspend
    }

    /// Why a usage of a subscription that was suspended, or has ended, is not priced; nil where it is. `isRejected` says whether that is for good.
    mutating func refusal(_ usage: UsageView, _ tariff: Tariff, _ context: UsageContext) -> UnratedReason? {
        if usage.startMs >= subscriptions[Int(context.subscription)].toMs {
            isRejected = policyAfterEnd(context) == .reject
            return isRejected ? .notActive : nil
        }
        guard let suspension = suspension(of: context.subscription, at: usage.startMs),
            suspension.barring.bars(usage, isData: tariff.units[context.type] == .byte, isVisiting: isVisiting(usage, tariff))
        else { return nil }
        let policy = planVersion(at: usage.startMs, context)?.whenSuspended ?? .suspend
        isRejected = policy == .reject
        return policy == .bill ? nil : .barred
    }

    /// The version of the subscription's plan in force at `ms`.
    private func planVersion(at ms: Int64, _ context: UsageContext) -> Tariff.Version? {
        guard let binding, let plan = binding.offering(ofName: offering(of: context.subscription, at: ms)) else { return nil }
        return binding.tariff.version(ofOffering: plan, at: ms, soldAt: soldMs(context.subscription, at: ms)).map { binding.tariff.versions[$0] }
    }

    /// Usage that names no network is at home.
    private func isVisiting(_ usage: UsageView, _ tariff: Tariff) -> Bool {
        !usage.network.isEmpty && (tariff.homeNetwork < 0 || tariff.network(of: usage.network) != tariff.homeNetwork)
    }

    /// What barred the usage, in a sentence without personal data.
    func barringDetail(_ usage: Usage) -> String {
        guard let account = known(account: usage.account), let subscription = known(subscription: usage.subscription, of: account),
            let suspension = suspension(of: subscription, at: usage.startMs)
        else { return "subscription \(usage.subscription) is suspended" }
        return "subscription \(usage.subscription) is suspended from \(Timestamp(ms: suspension.fromMs)) on: \(suspension.reason); barring level "
            + suspension.barring.text
    }
}

extension BarringLevel {
    /// The categories of operator determined barring (3GPP TS 22.041). A forwarded call comes in and goes out: either bars it.
    func bars(_ usage: UsageView, isData: Bool, isVisiting: Bool) -> Bool {
        switch self {
        case .none: false
        case .outgoing: !isData && usage.direction != Int64(UsageDirection.terminated.rawValue)
        case .incoming: !isData && usage.direction != Int64(UsageDirection.originated.rawValue)
        case .data: isData
        case .roaming: isVisiting
        case .all, .unspecified, .UNRECOGNIZED: true
        }
    }
}
