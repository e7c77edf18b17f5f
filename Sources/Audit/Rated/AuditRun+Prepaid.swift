import Events
import Pipeline
import Quantities

/// Prepaid money: what came in, less what was paid and what expired, is what each event says is left.
extension AuditRun {
    mutating func pay(_ usage: RatedUsage, _ record: InputRecord) {
        check(bills.pay(usage.account, charge: usage.chargeNanos, prepaid: usage.prepaidNanos, left: usage.balanceLeftNanos, isLimited: true), record)
    }

    mutating func pay(_ fee: RecurringCharge, _ record: InputRecord) {
        check(bills.pay(fee.account, charge: fee.chargeNanos, prepaid: fee.prepaidNanos, left: fee.balanceLeftNanos, isLimited: false), record)
    }

    mutating func pay(_ charge: OneTimeCharge, _ record: InputRecord) {
        check(bills.pay(charge.account, charge: charge.chargeNanos, prepaid: charge.prepaidNanos, left: charge.balanceLeftNanos, isLimited: false), record)
        let isAll = charge.prepaidNanos == max(0, charge.chargeNanos)
        if bills.isComplete, bills.isPrepaid(charge.account), !isAll {
            check("is the charge of a purchase that the balance did not pay for in full", record)
        }
    }

    mutating func topUp(_ toppedUp: ToppedUp, _ record: InputRecord) {
        check(bills.topUp(toppedUp.account, toppedUp.amountNanos, left: toppedUp.balanceLeftNanos), record)
    }

    mutating func expire(_ expired: BalanceExpired, _ record: InputRecord) {
        check(bills.expire(expired.account, expired.amountNanos, left: expired.balanceLeftNanos), record)
    }

    private mutating func check(_ fault: String?, _ record: InputRecord) {
        // Without its beginning no balance is known.
        guard let fault, bills.isComplete else { return }
        findings.add(.prepaid, .usageRated, record.partition, record.offset, fault)
    }
}

extension BillIndex {
    func isPrepaid(_ account: String) -> Bool { book(account)?.isPrepaid ?? false }

    mutating func setCreditLimit(_ set: PrepaidSet) { updateBook(set.account) { $0.creditLimit = Int128(set.creditLimitNanos) } }

    /// - Parameter isLimited: whether the credit limit at that place in the log is known.
    mutating func pay(_ account: String, charge: Int64, prepaid: Int64, left: Int64, isLimited: Bool) -> String? {
        updateBook(account) { book in
            book.prepaid += Int128(prepaid)
            book.balance -= Int128(prepaid)
            if !book.isPrepaid { return prepaid == 0 && left == 0 ? nil : "is paid by a balance that the account does not have" }
            if prepaid < 0 || prepaid > max(0, charge) { return "is paid by the balance, but not for what it costs" }
            if isLimited, prepaid > 0, book.balance < -book.creditLimit { return "takes the balance below its credit limit" }
            return book.fault(left)
        }
    }

    mutating func topUp(_ account: String, _ nanos: Int64, left: Int64) -> String? {
        updateBook(account) { book in
            book.toppedUp += Int128(nanos)
            book.balance += Int128(nanos)
            if !book.isPrepaid || nanos <= 0 { return "tops up what is no balance, or by nothing" }
            return book.fault(left)
        }
    }

    mutating func expire(_ account: String, _ nanos: Int64, left: Int64) -> String? {
        updateBook(account) { book in
            book.expired += Int128(nanos)
            book.balance -= Int128(nanos)
            if nanos <= 0 { return "writes off nothing" }
            return book.fault(left)
        }
    }
}

extension AccountBook {
    fileprivate func fault(_ left: Int64) -> String? {
        if Int128(left) == balance { return nil }
        let (said, found) = (Amount(nanos: Int128(left)).decimal, Amount(nanos: balance).decimal)
        return "says that \(said) is left, but top-ups, payments and expiry come to \(found)"
    }
}
