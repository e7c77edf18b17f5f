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
            suspension.barring.bars(usage, isData: tariff.units[context.type] == .byte, tariff)
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
    /// The categories of operator determined barring (3GPP TS 22.041), and of them barring of outgoing international communication but to the home country
    /// as in TS 22.088, too. A forwarded call comes in and goes out: either bars it.
    fileprivate func bars(_ usage: UsageView, isData: Bool, _ tariff: Tariff) -> Bool {
        let isOutgoing = !isData && usage.direction != Int64(UsageDirection.terminated.rawValue)
        return switch self {
        case .none: false
        case .outgoing: isOutgoing
        case .outgoingInternational: isOutgoing && tariff.isAbroad(usage.otherParty)
        case .premium: isOutgoing && tariff.premium.holds(for: usage.otherParty, tariff)
        case .incoming: !isData && usage.direction != Int64(UsageDirection.originated.rawValue)
        case .data: isData
        case .roaming: tariff.isVisited(usage.network)
        case .all, .unspecified, .UNRECOGNIZED: true
        }
    }
}

/// What some zones say of their numbers; the longest prefix of those that say anything decides. Of a prefix in several zones a yes counts.
struct ZoneMark: Sendable {
    private let saying: [Int32]
    private let yes: [Int32]

    /// - Parameter says: what a zone says; nil: nothing.
    init(_ zones: [Zone], _ says: (Zone) -> Bool?) {
        let said = zones.enumerated().compactMap { place, zone in says(zone).map { (Int32(place), $0) } }
        saying = said.map(\.0)
        yes = said.filter(\.1).map(\.0)
    }

    func holds(for number: UnsafeRawBufferPointer, _ tariff: Tariff) -> Bool {
        !yes.isEmpty && tariff.covers(yes, tariff.destinations.place(of: number) { saying.contains($0) })
    }
}

extension Tariff {
    /// Usage that names no network is at home; where there is no home network, all other usage is abroad.
    fileprivate func isVisited(_ network: UnsafeRawBufferPointer) -> Bool { !network.isEmpty && self.network(of: network) != homeNetwork }

    /// Whether a number is of another country than the home network's: one of E.164 in its international form that lies in no zone of the home country.
    /// Where no zone says which that is, all are, for what is barred in vain can be recycled. Words and numbers of up to six digits are services of the
    /// network in use, such as 112: E.164 leaves a national number more. Where the subscriber is makes no difference: the catalogue does not know a visited
    /// network's country, so that a call within it counts as one abroad.
    fileprivate func isAbroad(_ number: UnsafeRawBufferPointer) -> Bool {
        number.count > 6 && number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && !homeCountry.holds(for: number, self)
    }
}
