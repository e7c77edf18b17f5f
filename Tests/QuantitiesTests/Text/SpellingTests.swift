import Quantities
import Testing

@Suite("Spelling")
struct SpellingTests {
    @Test(
        "the nearest word, if it is near",
        arguments: [
            ("paymnt", "payment"), ("topup", "topUp"), ("offring", "offering"), ("ofefring", "offering"), ("acount", "account"), ("payment", "payment"),
            ("x", nil), ("", nil), ("invoices", nil),
        ] as [(String, String?)])
    func nearest(_ word: String, _ meant: String?) {
        #expect(Spelling.nearest(word, of: ["account", "offering", "payment", "topUp"]) == meant)
    }
}
