extension AuditReport {
    /// The report for people, line by line.
    public var text: [String] {
        var lines: [String] = []
        lines.append("usage records received  \(usage.received)" + (usage.recycled > 0 ? ", \(usage.recycled) of them recycled" : ""))
        lines.append("  rated                 \(usage.rated)")
        lines.append("  duplicate             \(usage.duplicate)")
        if usage.conflicting + usage.conflictsBilled > 0 {
            lines.append("  conflicting           \(usage.conflicting) suspended, \(usage.conflictsBilled) billed as their source says")
        }
        if usage.moved + usage.takenBack + usage.recycledMoves > 0 {
            lines.append(
                "  moved                 \(usage.moved) before they were charged, \(usage.takenBack) after"
                    + (usage.recycledMoves > 0 ? ", \(usage.recycledMoves) recycled" : "") + "; \(usage.arrived) came to their holders")
        }
        lines.append("  suspended             \(usage.suspended + usage.unrated + usage.unheld)")
        if usage.rejected > 0 { lines.append("  rejected              \(usage.rejected)") }
        for count in suspended {
            lines.append("    \(count.reason) (\(count.stage)): \(count.open) open, \(count.recycled) recycled")
        }
        lines.append(
            "  in flight             \(usage.awaitingNormalize) before normalize, \(usage.awaitingRate) before rate"
                + (usage.awaitingMove > 0 ? ", \(usage.awaitingMove) before move" : ""))
        if usage.expired > 0 { lines.append("  raw record expired    \(usage.expired)") }
        lines.append("accounts \(accounts), ticks \(ticks), closed periods \(periods), drafts \(drafts), invoices \(invoices)")
        if proposed > 0 { lines.append("proposed to be rated anew, and not done yet: \(proposed) (tollstream rerate --proposed)") }
        for sum in sums {
            lines.append(
                "\(sum.currency): rated \(sum.rated) + recurring \(sum.recurring)\(sum.oneTime == "0" ? "" : " + one-time \(sum.oneTime)")"
                    + " = closed \(sum.closed) + unbilled \(sum.unbilled)\(sum.prepaid == "0" ? "" : " + prepaid \(sum.prepaid)")"
                    + (sum.difference == "0" ? "" : ", off by \(sum.difference)"))
            lines.append(
                "     closed = invoiced net \(sum.invoicedNet) + rounding \(sum.rounding) + not yet invoiced \(sum.awaitingInvoice)"
                    + "; tax \(sum.tax), invoiced total \(sum.invoicedTotal)")
        }
        for sum in sums where sum.toppedUp != "0" || sum.prepaid != "0" {
            lines.append("\(sum.currency) prepaid: topped up \(sum.toppedUp) = paid \(sum.prepaid) + expired \(sum.expired) + balance \(sum.balance)")
        }
        for sum in quantities {
            lines.append(
                "\(sum.unit): used \(sum.used) = billed \(sum.billed) + unbilled \(sum.unbilled)" + (sum.difference == "0" ? "" : ", off by \(sum.difference)"))
        }
        for result in checks where result.failures > 0 { lines.append("FAILED \(result.check.rawValue): \(result.failures)") }
        for offender in offenders { lines.append("  \(offender.place) \(offender.what) [\(offender.check.rawValue)]") }
        lines.append(holds ? "the audit holds" : "THE AUDIT DOES NOT HOLD")
        return lines
    }
}
