import Events
import Quantities

extension RateState {
    /// What was wrong and what would help, in a sentence without personal data.
    mutating func detail(of reason: UnratedReason, _ usage: Usage) -> String {
        switch reason {
        case .conflictingDuplicate:
            "other usage of the subscriber was accepted under the same record id: make the source's record_id of more fields, or say conflicts: bill, and recycle"
        case .unknownAccount: "account \(usage.account) was never opened"
        case .unknownSubscription: "account \(usage.account) has no subscription \(usage.subscription)"
        case .notActive: "subscription \(usage.subscription) is not active at \(Timestamp(ms: usage.startMs))"
        case .startOutOfRange: "the start lies outside the years 1900 to 9999"
        case .tooOld: "late usage is taken for \(binding?.tariff.latePeriods ?? 0) ended periods"
        case .noCatalogue: "no catalogue has been published"
        case .unknownTimeZone: "the catalogue has no time zone for account \(usage.account): add it to the settings and recycle"
        case .otherUnit: "type \(usage.type) does not count \(usage.unit.symbol)"
        case .negativeQuantity: "the quantity is negative"
        case .unknownType: "the catalogue has no usage type \"\(usage.type)\""
        case .amountOverflow: "the charge or the period's sum needs more than 64 bits"
        case .tooManyParts: "the price changes more than a thousand times while the session lasts: is the quantity right?"
        case .barred: barringDetail(usage)
        case .insufficientBalance: "the balance of account \(usage.account) can't pay for it: top it up and recycle"
        case .unknownOffering, .noVersion, .otherCurrency, .noPrice: tariffDetail(of: reason, usage)
        }
    }

    private mutating func tariffDetail(of reason: UnratedReason, _ usage: Usage) -> String {
        var (accountID, subscriptionID) = (usage.account, usage.subscription)
        guard let tariff = binding?.tariff,
            let account = accountID.withUTF8({ accountIDs.find(UnsafeRawBufferPointer($0)) }),
            let subscription = subscriptionID.withUTF8({ subscriptionIDs.find(UnsafeRawBufferPointer($0), owner: account) })
        else { return "" }
        let name = offering(of: subscription, at: usage.startMs)
        let id = names.text(of: name)
        guard let offering = binding?.offering(ofName: name) else { return "the catalogue has no offering \"\(id)\"" }
        if reason == .otherCurrency { return "offering \"\(id)\" is priced in \(tariff.offerings[offering].currency), the account is not" }
        guard let version = tariff.version(ofOffering: offering, at: usage.startMs, soldAt: soldMs(subscription, at: usage.startMs)) else {
            let first = tariff.offerings[offering].versions.first.map { tariff.versions[$0].validFromMs }
            return "offering \"\(id)\" has no version at the start; the first is valid from \(first.map { "\(Timestamp(ms: $0))" } ?? "never")"
        }
        return nearestPrice(usage, UsageContext(account: account, subscription: subscription), version, tariff)
            ?? "offering \"\(id)\" has no price for type \"\(usage.type)\""
    }

    /// Names the price of the version that came nearest, and why it did not apply: the destination fails first, then the conditions in
    /// their order.
    private mutating func nearestPrice(_ usage: Usage, _ context: UsageContext, _ version: Int, _ tariff: Tariff) -> String? {
        var type = usage.type
        guard let type = type.withUTF8({ tariff.types.find(UnsafeRawBufferPointer($0)) }) else { return nil }
        let rule = tariff.rules[tariff.versions[version].rules + Int(type)]
        var normalized = NormalizedRecord()
        normalized.usage = usage
        guard let bytes: [UInt8] = try? normalized.serializedBytes() else { return nil }
        return bytes.withUnsafeBytes { bytes -> String? in
            var view = UsageView()
            guard view.parse(bytes) == .usage else { return nil }
            lookedUp.deck = -1
            let place = destination(of: view, under: tariff.versions[version].rules + Int(type), tariff)
            var nearest: (price: Int, missed: PriceConditions.Kind?)?
            for price in rule.prices {
                let missed = tariff.covers(tariff.prices[price].zones, place) ? self.missed(by: price, at: view.startMs, view, tariff, context) : nil
                if nearest == nil || (missed?.rawValue ?? -1) > (nearest?.missed?.rawValue ?? -1) { nearest = (price, missed) }
            }
            return nearest.map { Self.explain($0.price, $0.missed, rule.deck < 0 ? -1 : place, tariff) }
        }
    }

    /// - Parameter place: where the destination lies in the offering's deck; -1: nowhere, or that was not asked.
    private static func explain(_ price: Int, _ missed: PriceConditions.Kind?, _ place: PrefixTree.Place, _ tariff: Tariff) -> String {
        let id = String(decoding: tariff.prices[price].id, as: UTF8.self)
        guard let missed else {
            let zones = tariff.prices[price].zones.map { String(decoding: tariff.zoneIDs[Int($0)], as: UTF8.self) }.joined(separator: ", ")
            if place >= 0 {
                let own = String(decoding: tariff.zoneIDs[Int(tariff.destinations.zone(at: place))], as: UTF8.self)
                return "the destination is in zone \(own), for which there is no price; the nearest price \"\(id)\" is for \(zones): where zone \(own) "
                    + "is a part of one of them, say within there"
            }
            return "the destination is in no zone that has a price; the nearest price \"\(id)\" is for \(zones)"
        }
        let what =
            switch missed {
            case .direction: "another direction"
            case .category: "another category"
            case .service: "another service"
            case .segment: "another customer segment"
            case .network: "another visited network"
            case .origin: "another origin"
            case .net: "the other side of on-net and off-net, or the other party's network is not known"
            case .favourites: "favourite numbers of the subscription"
            case .age: "another age of the subscription"
            case .time: "another time"
            case .firstUse: "the first use only"
            }
        return "the nearest price \"\(id)\" is for \(what)"
    }
}
