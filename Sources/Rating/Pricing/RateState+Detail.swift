import Events
import Quantities

extension RateState {
    /// What was wrong and what would help, in a sentence without personal data.
    func detail(of reason: UnratedReason, _ usage: Usage) -> String {
        switch reason {
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
        case .unknownOffering, .noVersion, .otherCurrency, .noPrice: tariffDetail(of: reason, usage)
        }
    }

    private func tariffDetail(of reason: UnratedReason, _ usage: Usage) -> String {
        var (accountID, subscriptionID) = (usage.account, usage.subscription)
        guard let tariff = binding?.tariff,
            let account = accountID.withUTF8({ accountIDs.find(UnsafeRawBufferPointer($0)) }),
            let subscription = subscriptionID.withUTF8({ subscriptionIDs.find(UnsafeRawBufferPointer($0), owner: account) })
        else { return "" }
        let name = offering(of: subscription, at: usage.startMs)
        let id = names.text(of: name)
        guard let offering = binding?.offering(ofName: name) else { return "the catalogue has no offering \"\(id)\"" }
        if reason == .otherCurrency { return "offering \"\(id)\" is priced in \(tariff.offerings[offering].currency), the account is not" }
        guard let version = tariff.version(ofOffering: offering, at: usage.startMs) else {
            let first = tariff.offerings[offering].versions.first.map { tariff.versions[$0].validFromMs }
            return "offering \"\(id)\" has no version at the start; the first is valid from \(first.map { "\(Timestamp(ms: $0))" } ?? "never")"
        }
        var type = usage.type
        let known = type.withUTF8 { tariff.types.find(UnsafeRawBufferPointer($0)) }
        let prices = known.map { tariff.rules[tariff.versions[version].rules + Int($0)].prices } ?? 0..<0
        guard let nearest = prices.first else { return "offering \"\(id)\" has no price for type \"\(usage.type)\"" }
        let price = tariff.prices[nearest]
        let zones = price.zones.map { String(decoding: tariff.zoneIDs[Int($0)], as: UTF8.self) }.joined(separator: ", ")
        let priceID = String(decoding: price.id, as: UTF8.self)
        return "the destination is in no zone that offering \"\(id)\" prices; the nearest price \"\(priceID)\" is for \(zones)"
    }
}
