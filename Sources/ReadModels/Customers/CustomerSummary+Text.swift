import Quantities

extension CustomerSummary {
    private var clock: LocalTime { LocalTime(terms.timeZone) }

    /// The customer for a terminal.
    public var text: String {
        let clock = clock
        var parts = [head]
        var owned = TextTable([("subscription", .left), ("plan", .left), ("from", .left), ("to", .left), ("identifiers", .left), ("suspended", .left)])
        for subscription in subscriptions {
            owned.add([
                subscription.subscription, subscription.offering, clock.text(subscription.from), clock.text(subscription.to),
                subscription.identifiers.filter { $0.to == nil }.map(\.identifier).joined(separator: ", "),
                subscription.suspensions.last { $0.to == nil }.map { "since \(clock.text($0.from)), bars \($0.barring): \($0.reason)" } ?? "",
            ])
        }
        parts.append(section("Subscriptions", owned))
        for period in unbilled {
            let days = "\(clock.text(period.start)) to \(clock.text(period.end, else: "…"))"
            parts.append(section("Unbilled, \(days): \(period.total)", ChargeLine.table(period.lines)))
        }
        parts.append("Unbilled in all: \(unbilledTotal)")
        if let prepaid { parts.append(prepaid) }
        if !ahead.isEmpty {
            var orders = TextTable([("from", .left), ("ordered", .left), ("subscription", .left), ("offering", .left), ("amount", .right)])
            for order in ahead {
                orders.add([clock.text(order.from), order.kind.rawValue, order.subscription, order.offering, order.amount?.decimal ?? ""])
            }
            parts.append(section("Dated ahead", orders))
        }
        if !awaitingInvoice.isEmpty {
            var closed = TextTable([("closed", .left), ("period", .left), ("exact total", .right)])
            for period in awaitingInvoice {
                closed.add([clock.text(period.closedAt), "\(clock.text(period.start)) to \(clock.text(period.end))", period.total.description])
            }
            parts.append(section("Awaiting their invoice", closed))
        }
        parts.append(section("Invoices", InvoiceHeader.table(invoices)))
        parts.append(section("Recent activity", activityTable))
        return parts.joined(separator: "\n\n")
    }

    /// What there is, and what comes when.
    private var prepaid: String? {
        let coming = ahead.compactMap { order in order.amount.map { "\($0) from \(clock.text(order.from)) on" } }
        if balance == nil, coming.isEmpty { return nil }
        let now = balance ?? CurrencyAmount(Amount.zero, terms.currency)
        return "Prepaid balance: " + ([now.description + ", money that has expired but can be revived included"] + coming).joined(separator: "; and ")
    }

    private var head: String {
        var lines = [
            "Account \(TextTable.printable(account)), since \(clock.text(from))",
            "  billed in \(terms.currency) by \(TextTable.printable(terms.issuer)) on day \(terms.billCycleDay) of the month, \(terms.timeZone), "
                + "tax \(TextTable.printable(terms.taxCategory))",
        ]
        if let person {
            let known = [person.name, person.email, person.address].filter { !$0.isEmpty }.map(TextTable.printable)
            lines.append("  " + known.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    private var activityTable: TextTable {
        var table = TextTable([
            ("time", .left), ("", .left), ("subscription", .left), ("what", .left), ("price", .left), ("zone", .left), ("quantity", .right),
            ("amount", .right),
        ])
        for entry in recentActivity {
            table.add([
                clock.text(entry.time), entry.kind.rawValue, entry.subscription, entry.what, entry.price, entry.zone,
                entry.quantity?.description ?? "", entry.amount?.decimal ?? "",
            ])
        }
        return table
    }

    private func section(_ title: String, _ table: TextTable) -> String {
        table.isEmpty ? "\(title): none" : "\(title)\n\(table.text(indent: "  "))"
    }
}
