import Billing
import Events
import Pipeline
import Quantities
import Testing

@Suite("Number")
struct NumberStageTests {
    private func draft(_ account: String, series: String = "2026", prefix: String = "T26-", digits: UInt32 = 6, chunks: UInt32 = 1) -> InvoiceRecord {
        .with {
            $0.meta = Meta(id: EventID(high: 1, low: 2), cause: .none, engine: 1)
            $0.invoice = .with {
                $0.issuer = "tollnet"
                $0.series = series
                $0.account = account
                $0.chunkCount = chunks
                $0.terms.numberPrefix = prefix
                $0.terms.numberDigits = digits
            }
        }
    }

    private func lines(_ account: String, _ chunk: UInt32, of count: UInt32) -> InvoiceRecord {
        .with {
            $0.moreLines = .with {
                $0.account = account
                $0.chunk = chunk
                $0.chunkCount = count
            }
        }
    }

    private func numbers(_ driver: StageDriver<NumberStage>) throws -> [String] {
        try driver.messages(.billingInvoices, InvoiceRecord.self).map {
            if case .moreLines(let more)? = $0.body { "\(more.account) \(more.number) #\(more.chunk)" } else { "\($0.invoice.account) \($0.invoice.number)" }
        }
    }

    @Test("each series counts from one without a gap, in the catalogue's form")
    func series() throws {
        var driver = StageDriver(NumberStage())
        for record in [
            draft("a"), draft("b"), draft("c", series: "other", prefix: "", digits: 0), draft("d"), draft("e", series: "other", prefix: "X", digits: 2),
            draft("f", digits: 4_000_000_000),
        ] { try driver.feed(record) }
        driver.commit()
        #expect(try numbers(driver) == ["a T26-000001", "b T26-000002", "c 1", "d T26-000003", "e X02", "f T26-000000000000000004"])
        #expect(driver.emitted.map(\.key) == ["a", "b", "c", "d", "e", "f"])
        #expect(driver.emitted.allSatisfy { $0.value.first == UInt8(ascii: "{") })
    }

    @Test("lines get their invoice's number, though other drafts come between, and though the state was restored")
    func interleaved() throws {
        var driver = StageDriver(NumberStage())
        try driver.feed(draft("fleet", chunks: 3))
        try driver.feed(draft("a"))
        driver.commit()
        try driver.restore(compacted: true)
        try driver.feed(lines("fleet", 2, of: 3))
        try driver.feed(draft("fleet2", chunks: 2))
        driver.commit()
        try driver.restore(compacted: false)
        try driver.feed(lines("fleet2", 2, of: 2))
        try driver.feed(lines("fleet", 3, of: 3))
        try driver.feed(draft("b"))
        driver.commit()
        #expect(
            try numbers(driver) == [
                "fleet T26-000001", "a T26-000002", "fleet T26-000001 #2", "fleet2 T26-000003", "fleet2 T26-000003 #2", "fleet T26-000001 #3",
                "b T26-000004",
            ])
        // Nothing is remembered of a finished invoice.
        #expect(driver.compactedChangelog.count == 1)
    }

    @Test("a number that was not committed is given again")
    func aborted() throws {
        var driver = StageDriver(NumberStage())
        try driver.feed(draft("a"))
        driver.commit()
        try driver.feed(draft("b"))
        try driver.restore(compacted: true)
        try driver.feed(draft("b"))
        driver.commit()
        #expect(try numbers(driver) == ["a T26-000001", "b T26-000002"])
    }

    @Test("lines of an invoice that never came, or one too many, are corruption of our own log")
    func corrupt() throws {
        var driver = StageDriver(NumberStage())
        #expect(throws: CorruptRecord.self) { try driver.feed(lines("fleet", 2, of: 2)) }
        #expect(throws: CorruptRecord.self) { try driver.feed(InvoiceRecord()) }
        try driver.feed(draft("fleet", chunks: 2))
        try driver.feed(lines("fleet", 2, of: 2))
        #expect(throws: CorruptRecord.self) { try driver.feed(lines("fleet", 3, of: 2)) }
    }
}
