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
        for (check, failures) in zip(AuditCheck.allCases, findings.counts) { report.checks.append(.init(check: check, failures: failures)) }
        report.offenders = findings.offenders
        report.holds = findings.isEmpty
        return report
    }

    private static func text(_ nanos: Int128) -> String { Amount(nanos: nanos).decimal }
}
