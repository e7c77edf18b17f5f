import Quantities
import Testing

@Suite("Identifier")
struct IdentifierTests {
    @Test(
        "has one normalized form",
        arguments: [
            ("msisdn:+420601000001", "msisdn:420601000001"), ("msisdn:00420601000001", "msisdn:420601000001"),
            ("420601000001", "msisdn:420601000001"), ("+420601000001", "msisdn:420601000001"), ("MSISDN:1", "msisdn:1"),
            ("imsi:230011234567890", "imsi:230011234567890"), ("imsi:00230", "imsi:00230"), ("User:Ann+1", "user:Ann+1"),
            ("sip:ann@example.org:5060", "sip:ann@example.org:5060"),
        ])
    func normalized(raw: String, expected: String) {
        #expect(Identifier(raw)?.text == expected)
        #expect(Identifier.key(of: raw) == Identifier(expected)?.key)
    }

    @Test(
        "refuses what is none",
        arguments: [
            "", ":", "msisdn:", ":1", "msisdn:+", "msisdn:00", "msisdn:420 601", " 420601", "420-601", "user: 1004", "1x:1", "user:", "user:a b",
            "user:\u{7f}", "user:ž", "msisdn:1234567890123456", "a_scheme_that_is_longer_than_32_bytes:1",
        ])
    func refused(raw: String) { #expect(Identifier(raw) == nil) }

    @Test("takes another scheme where none is given")
    func scheme() {
        #expect(Identifier("1004", defaultScheme: "user")?.text == "user:1004")
        #expect(Identifier("user:1004")?.key == Identifier("1004", defaultScheme: "user")?.key)
        #expect(Identifier("1004")?.key != Identifier("1004", defaultScheme: "user")?.key)
    }
}
