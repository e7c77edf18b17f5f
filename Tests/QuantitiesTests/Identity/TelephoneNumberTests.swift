import Quantities
import Testing

@Suite("Telephone number")
struct TelephoneNumberTests {
    @Test(
        "has one form",
        arguments: [
            ("420777123456", "420777123456"), ("+420777123456", "420777123456"), ("00420777123456", "420777123456"),
            ("+420 777 123 456", "420777123456"), ("00420 777 123 456", "420777123456"), ("00 420 777 123 456", "420777123456"),
            ("420-777-123-456", "420777123456"), ("420.777.123.456", "420777123456"), ("+420/777/123456", "420777123456"),
            ("(+420) 777 123 456", "420777123456"), ("+420 (777) 123-456", "420777123456"), (" 420777123456  ", "420777123456"),
            // The national trunk prefix is not dialled from abroad.
            ("+44 (0)20 7946 0958", "442079460958"), ("0044 (0) 20 7946 0958", "442079460958"), ("1 (212) 555-1212", "12125551212"),
            ("(0)30 1234567", "0301234567"), ("+1.212.555.1212", "12125551212"), ("+49.30.12.34", "49301234"), ("030/1234567", "0301234567"),
            ("+123456789 012345", "123456789012345"),
        ])
    func prepared(raw: String, expected: String) { #expect(TelephoneNumber.prepared(raw) == expected) }

    @Test(
        "leaves alone what may be something else",
        arguments: [
            "", "+", "00", "112", "+ ", "a b c", "800-FLOWERS", "1-800-FLOWERS", "sip:+420777123456@host", "tel:+420777123456", "BANK", "*21#", "#31#420777123456",
            // Too short, or too long for one.
            "11 88", "420 601", "1-2", "420777123456/420777123457", "+1234567890 123456",
            // A decimal, negative numbers, addresses, a clock.
            "420777123456.0", "4.20777E+11", "-420777123456", "- 4207771", "192.168.100.200", "10.0.0.1", "12:30:00 1234", "420777123456-", "420777123456.",
            "+420+777123456", "420 +777123456", "(420777123456", "420)777(123456", "420 ((777)) 123456", "() 420777123456", "420\u{a0}777\u{a0}123456",
        ])
    func untouched(raw: String) { #expect(TelephoneNumber.prepared(raw) == raw) }

    @Test("of an address an international prefix makes a number; groups above 255 do, too")
    func addresses() {
        #expect(TelephoneNumber.prepared("+49.30.123.45") == "493012345")
        #expect(TelephoneNumber.prepared("49.30.123.45") == "49.30.123.45")
        #expect(TelephoneNumber.prepared("49.301.23.45") == "493012345")
    }

    @Test("prepared once more it is the same", arguments: ["+420 777 123 456", "00420777123456", "(0)30 1234567", "800-FLOWERS", "10.0.0.1", "0044 (0) 20 7946 0958"])
    func idempotent(raw: String) {
        let once = TelephoneNumber.prepared(raw)
        #expect(TelephoneNumber.prepared(once) == once)
    }

    @Test("a served subscriber's is the same")
    func identifiers() {
        for raw in ["msisdn:+420 601 000 001", "+420 601-000-001", "00420 (601) 000 001", " 420601000001"] {
            #expect(Identifier(raw)?.text == "msisdn:420601000001", "\(raw)")
        }
        for raw in ["user:+420 601 000 001", "msisdn:10.0.0.1", "msisdn:+420 601", "msisdn:+1234567890 123456", "420601000001 x"] { #expect(Identifier(raw) == nil, "\(raw)") }
    }
}
