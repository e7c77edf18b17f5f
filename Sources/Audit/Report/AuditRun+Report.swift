import Events
import Quantities

extension AuditRun {
    consuming func finishReport() -> AuditReport {
        for sum in sums.all.sorted(by: { $0.currency < $1.currency }) {
            report.sums.append(
                AuditReport.CurrencySums(
                    currency: sum.currency, rated: Self.text(sum.rated), recurring: Self.text(sum.recurring),
                    oneTime: Self.text(sum.oneTime), prepaid: Self.text(sum.prepaid), toppedUp: Self.text(sum.toppedUp),
                    expired: Self.text(sum.expired), balance: Self.text(sum.balance), closed: Self.text(sum.closed),
                    unbilled: Self.text(sum.unbilled), difference: Self.text(sum.rated + sum.recurring + sum.oneTime - sum.prepaid - sum.closed - sum.unbilled),
                    invoicedNet: Self.text(sum.net), rounding: Self.text(sum.rounding), tax: Self.text(sum.tax),
                    invoicedTotal: Self.text(sum.total), awaitingInvoice: Self.text(sum.closed - sum.net - sum.rounding)))
        }
        for (used, (billed, unbilled)) in zip(quantities.used.byUnit, zip(quantities.billed.byUnit, quantities.unbilled.byUnit)) {
            let sums = [used.micros, billed.micros, unbilled.micros, used.micros - billed.micros - unbilled.micros]
            guard sums.contains(where: { $0 != 0 }) else { continue }
            let texts = sums.map { DecimalText.format($0, decimals: 6) }
            report.quantities.append(
                AuditReport.QuantitySum(unit: used.unit.symbol, used: texts[0], billed: texts[1], unbilled: texts[2], difference: texts[3]))
        }
        for (check, failures) in zip(AuditCheck.allCases, findings.counts) { report.checks.append(.init(check: check, failures: failures)) }
        report.offenders = findings.offenders
        report.holds = findings.isEmpty
        return report
    }

    private static func text(_ nanos: Int128) -> String { Amount(nanos: nanos).decimal }
}
