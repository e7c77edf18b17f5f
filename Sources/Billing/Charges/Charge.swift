import Events

/// One charge on its way into a sum: a rated usage or a recurring fee. Its texts are borrowed from the record.
struct Charge {
    typealias Text = UnsafeRawBufferPointer

    var kind: LineKind
    var subscription = Text(start: nil, count: 0)
    var offering = Text(start: nil, count: 0)
    var price = Text(start: nil, count: 0)
    var zone = Text(start: nil, count: 0)
    var type = Text(start: nil, count: 0)
    var unit = UsageUnit.unspecified
    var quantityMicros: Int64 = 0
    var countedMicros: Int64 = 0
    var allowanceMicros: Int64 = 0
    var nanos: Int64 = 0
    /// What discounts took off.
    var discountNanos: Int64 = 0
    /// What of it a prepaid balance paid.
    var prepaidNanos: Int64 = 0
    /// The period it belongs to by its own time, [start, end).
    var periodStartMs: Int64 = 0
    var periodEndMs: Int64 = 0
    /// It takes back (-1) or gives anew (1) what rating anew changed; 0 for a charge as it first came. What is taken back is counted off.
    var correction: Int64 = 0

    /// Whether it counts as a charge; what is left of a usage that went to another holder, the money that a balance had paid for it, does not.
    var isCounted = true

    init(kind: LineKind) { self.kind = kind }

    /// How its amounts and its count go into a sum.
    var sign: Int64 { correction < 0 ? -1 : 1 }
}

extension RatedUsage {
    /// Lends the usage as a charge of a correction.
    func withCorrection(_ correction: Int64, isCounted: Bool, _ body: (Charge.Text, Charge) -> Void) {
        var (account, subscription, offering, price, zone, type) = (account, subscription, offering, price, zone, type)
        account.withUTF8 { account in
            subscription.withUTF8 { subscription in
                offering.withUTF8 { offering in
                    price.withUTF8 { price in
                        zone.withUTF8 { zone in
                            type.withUTF8 { type in
                                var charge = Charge(kind: .usage)
                                charge.correction = correction
                                charge.isCounted = isCounted
                                charge.subscription = Charge.Text(subscription)
                                charge.offering = Charge.Text(offering)
                                charge.price = Charge.Text(price)
                                charge.zone = Charge.Text(zone)
                                charge.type = Charge.Text(type)
                                charge.unit = unit
                                charge.quantityMicros = quantityMicros
                                charge.countedMicros = countedMicros
                                charge.allowanceMicros = allowanceMicros
                                charge.nanos = chargeNanos
                                charge.discountNanos = discountNanos
                                charge.prepaidNanos = prepaidNanos
                                charge.periodStartMs = periodStartMs
                                charge.periodEndMs = periodEndMs
                                body(Charge.Text(account), charge)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension RecurringCharge {
    /// Lends the fee's account and the fee as a charge.
    func withCharge(correction: Int64 = 0, _ body: (Charge.Text, Charge) -> Void) {
        var (account, subscription, offering, price) = (account, subscription, offering, price)
        account.withUTF8 { account in
            subscription.withUTF8 { subscription in
                offering.withUTF8 { offering in
                    price.withUTF8 { price in
                        var charge = Charge(kind: .recurring)
                        charge.correction = correction
                        charge.subscription = Charge.Text(subscription)
                        charge.offering = Charge.Text(offering)
                        charge.price = Charge.Text(price)
                        charge.nanos = chargeNanos
                        charge.discountNanos = discountNanos
                        charge.prepaidNanos = prepaidNanos
                        charge.periodStartMs = periodStartMs
                        charge.periodEndMs = periodEndMs
                        body(Charge.Text(account), charge)
                    }
                }
            }
        }
    }
}

extension OneTimeCharge {
    /// Lends the account and what fell due once as a charge.
    func withCharge(_ body: (Charge.Text, Charge) -> Void) {
        var (account, subscription, offering, price) = (account, subscription, offering, price)
        account.withUTF8 { account in
            subscription.withUTF8 { subscription in
                offering.withUTF8 { offering in
                    price.withUTF8 { price in
                        var charge = Charge(kind: .oneTime)
                        charge.subscription = Charge.Text(subscription)
                        charge.offering = Charge.Text(offering)
                        charge.price = Charge.Text(price)
                        charge.nanos = chargeNanos
                        charge.prepaidNanos = prepaidNanos
                        charge.periodStartMs = periodStartMs
                        charge.periodEndMs = periodEndMs
                        body(Charge.Text(account), charge)
                    }
                }
            }
        }
    }
}

extension String {
    init(_ text: Charge.Text) { self.init(decoding: text, as: UTF8.self) }

    /// Byte for byte.
    @inline(__always)
    func equals(_ text: Charge.Text) -> Bool {
        var own = self
        return own.withUTF8 { own in
            guard own.count == text.count else { return false }
            let own = UnsafeRawBufferPointer(own)
            var at = 0
            while own.count - at >= 8 {
                if own.loadUnaligned(fromByteOffset: at, as: UInt64.self) != text.loadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
                at += 8
            }
            while at < own.count {
                if own[at] != text[at] { return false }
                at += 1
            }
            return true
        }
    }
}
