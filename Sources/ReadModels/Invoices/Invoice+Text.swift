extension InvoiceHeader {
    /// A list of invoices in aligned columns.
    public static func text(of invoices: [InvoiceHeader]) -> String {
        if invoices.isEmpty { return "no invoices" }
        return table(invoices).text()
    }

    static func table(_ invoices: [InvoiceHeader]) -> TextTable {
        var table = TextTable([
            ("number", .left), ("account", .left), ("issued", .left), ("period", .left), ("net", .right), ("tax", .right), ("total", .right),
            ("currency", .left),
        ])
        for invoice in invoices {
            table.add([
                invoice.number, invoice.account, invoice.issueDate, invoice.days, invoice.net.decimal, invoice.tax.decimal,
                invoice.total.decimal, invoice.total.currencyCode,
            ])
        }
        return table
    }

    /// "2026-10-01 to 2026-10-31".
    var days: String {
        periodFirstDay.isEmpty ? "\(periodStart) to \(periodEnd)" : "\(periodFirstDay) to \(periodLastDay)"
    }
}

extension ChargeLine {
    static func table(_ lines: [ChargeLine]) -> TextTable {
        var table = TextTable([
            ("subscription", .left), ("charge", .left), ("plan", .left), ("price", .left), ("zone", .left), ("type", .left), ("count", .right),
            ("quantity", .right), ("counted", .right), ("allowance", .right), ("unit", .left), ("discount", .right), ("amount", .right), ("belongs to", .left),
        ])
        for line in lines {
            table.add([
                line.subscription, line.kind.name, line.offering, line.price, line.zone, line.type, String(line.count),
                line.quantity?.decimal ?? "", line.counted?.decimal ?? "", line.allowance?.decimal ?? "", line.quantity?.unit ?? "",
                line.discount?.decimal ?? "", line.amount.decimal, line.originalPeriodStart.map { "period of \($0)" } ?? "",
            ])
        }
        return table
    }
}

extension InvoiceDetail {
    /// The invoice for a terminal.
    public var text: String {
        var parts = [
            """
            Invoice \(TextTable.printable(header.number))
              account  \(TextTable.printable(header.account))
              issuer   \(TextTable.printable(issuer)), series \(TextTable.printable(series))
              issued   \(header.issueDate)
              period   \(header.days)
            """,
            ChargeLine.table(lines).text(indent: "  "),
        ]
        if lines.count < lineCount { parts.append("  (\(lineCount - lines.count) more lines have not been projected yet)") }
        var sums = TextTable([("", .left), ("", .right), ("", .left)])
        sums.add(["net", header.net.decimal, header.net.currencyCode])
        sums.add(["tax \(taxCategory) \(taxPercent) % of \(taxable.decimal)", header.tax.decimal, header.tax.currencyCode])
        sums.add(["total", header.total.decimal, header.total.currencyCode])
        if rounding.amount != .zero { sums.add(["(not billed: rounding)", rounding.decimal, rounding.currencyCode]) }
        parts.append(sums.text(indent: "  "))
        parts.append(
            "  \(seal.usageCount) usages of usage.normalized/\(seal.partition), offsets \(seal.firstOffset) to \(seal.endOffset - 1), "
                + "digest \(seal.usageDigest.prefix(16))…")
        return parts.joined(separator: "\n\n")
    }
}
