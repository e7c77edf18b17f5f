import Customers
import Events
import Pipeline
import Quantities
import Testing

@Suite("Customers: what is carried out")
struct CustomersStageTests {
    private func outcome(given: [String] = [], when command: String) throws -> [String] {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: given)
        return try driver.outcome(of: [command])
    }

    @Test("an account is opened; rating hears of it without the person")
    func open() throws {
        #expect(
            try outcome(when: Command.open("a1", id: "1", from: #""from": "2026-10-05T12:30:00.250+02:00""#)) == [
                "a1: opened a1 from 1791196200250 Ada", "a1 to rating: opened a1",
            ])
    }

    @Test("the segment reaches rating, where prices ask for it; one of another form is refused")
    func segment() throws {
        func open(_ segment: String) -> String {
            Command.open("a1", id: "1").replacing(#""billCycleDay": 1"#, with: #""billCycleDay": 1, "segment": "\#(segment)""#)
        }
        var driver = try CommandDriver.withCatalogue()
        try driver.feed(open("business"))
        driver.commit()
        let value = try #require(driver.emitted.first { $0.topic == .usageNormalized }?.value)
        #expect(try NormalizedRecord(serializedBytes: value).accountOpened.terms.segment == "business")
        #expect(try outcome(when: open("a b")).first?.contains("bad-id") == true)
    }

    @Test("a subscription with identifiers: an event each, and the directory's whole entries")
    func activate() throws {
        let identifiers = ["+420601000001", "IMSI:230011234567890", "msisdn:00420601000001"]
        #expect(
            try outcome(given: [Command.open("a1", id: "1")], when: Command.activate("a1", "s1", id: "2", identifiers: identifiers)) == [
                "a1: activated s1 basic from 2000 msisdn:420601000001,imsi:230011234567890", "a1 to rating: activated s1 basic",
                "a1: assigned msisdn:420601000001 to s1 from 2000", "a1: assigned imsi:230011234567890 to s1 from 2000",
                "directory: msisdn:420601000001 s1[2000,)", "directory: imsi:230011234567890 s1[2000,)",
            ])
    }

    private let twoSubscriptions = [
        Command.open("a1", id: "1"), Command.open("a2", id: "2"), Command.activate("a1", "s1", id: "3", identifiers: ["420601000001", "user:7"]),
        Command.activate("a2", "s2", id: "4"),
    ]

    @Test("a plan change is an order to rating")
    func changePlan() throws {
        #expect(
            try outcome(given: twoSubscriptions, when: Command.changePlan("a1", "s1", id: "9")) == [
                "a1: plan s1 plus from 3000", "a1 to rating: plan s1 plus",
            ])
    }

    @Test("favourite numbers are told to rating, as usage has them; none takes them away")
    func favourites() throws {
        #expect(
            try outcome(given: twoSubscriptions, when: Command.favourites("a1", "s1", ["+420601000002", "0049301"], id: "9", from: 3000)) == [
                "a1: favourites of s1 from 3000: 420601000002,49301", "a1 to rating: favourites of s1: 420601000002,49301",
            ])
        #expect(
            try outcome(given: twoSubscriptions, when: Command.favourites("a1", "s1", [], id: "9", from: 3000)) == [
                "a1: favourites of s1 from 3000: ", "a1 to rating: favourites of s1: ",
            ])
    }

    @Test("the end of a subscription ends what it holds")
    func end() throws {
        #expect(
            try outcome(given: twoSubscriptions, when: Command.end("a1", "s1", id: "9", at: 5000)) == [
                "a1: ended s1 at 5000", "a1 to rating: ended s1", "a1: released msisdn:420601000001 by s1 at 5000",
                "a1: released user:7 by s1 at 5000", "directory: msisdn:420601000001 s1[2000,5000)", "directory: user:7 s1[2000,5000)",
            ])
    }

    @Test("an identifier goes from one subscription to another at one instant")
    func move() throws {
        let released = twoSubscriptions + [Command.release("a1", "s1", "user:7", id: "5", at: 4000)]
        #expect(
            try outcome(given: released, when: Command.assign("a2", "s2", "USER:7", id: "6", from: 4000)) == [
                "a2: assigned user:7 to s2 from 4000", "directory: user:7 s1[2000,4000) s2[4000,)",
            ])
        #expect(try outcome(given: released, when: Command.assign("a2", "s2", "user:7", id: "6", from: 3999)) == ["a2: refused identifier-taken @6"])
    }

    @Test("an identifier that is held later still ends with its subscription, and one assigned after the end is refused")
    func futureAssignment() throws {
        let given = twoSubscriptions + [Command.assign("a2", "s2", "user:8", id: "5", from: 9000)]
        #expect(
            try outcome(given: given, when: Command.end("a2", "s2", id: "6", at: 5000)) == [
                "a2: ended s2 at 5000", "a2 to rating: ended s2", "a2: released user:8 by s2 at 9000", "directory: user:8 s2[9000,9000)",
            ])
        // What is assigned for a time before the end lasts until it.
        #expect(
            try outcome(
                given: given + [Command.end("a2", "s2", id: "6", at: 5000)], when: Command.assign("a2", "s2", "user:9", id: "7", from: 4000))
                == ["a2: assigned user:9 to s2 from 4000", "directory: user:9 s2[4000,5000)"])
    }

    @Test("a command id that was decided before changes nothing, be it carried out or refused")
    func duplicates() throws {
        var driver = try CommandDriver.withCatalogue()
        #expect(try driver.outcome(of: [Command.open("a1", id: "1")]).count == 2)
        #expect(try driver.outcome(of: [Command.open("a1", id: "1"), Command.open("a1", id: "1")]).isEmpty)
        #expect(try driver.outcome(of: [Command.activate("a9", "s1", id: "2")]) == ["a9: refused unknown-account @4"])
        try driver.restore()
        #expect(try driver.outcome(of: [Command.activate("a9", "s1", id: "2")]).isEmpty)
        #expect(try driver.outcome(of: [Command.open("a1", id: "3")]) == ["a1: refused account-exists @6"])
    }

    @Test("another command under an id that was used is refused, each time and after a restart; the same one in another spelling is not")
    func usedIDs() throws {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: [Command.openPrepaid("k1", id: "1"), Command.openPrepaid("k2", id: "2"), Command.topUp("k1", id: "v1")])
        let other = Command.topUp("k2", id: "v1", amount: #""currencyCode": "EUR", "units": "70""#)
        #expect(try driver.outcome(of: [other]) == ["k2: refused command-id-used @4"])
        try driver.restore()
        let refused = try CustomerEvent(serializedBytes: try #require(driver.emitted.last).value).commandRefused
        #expect(refused.detail.contains("customers.commands/0/3"))
        #expect(try driver.outcome(of: [other]) == ["k2: refused command-id-used @5"])
        // What was refused before is no other than what it was, either.
        #expect(try driver.outcome(of: [Command.activate("a9", "s1", id: "2b"), Command.activate("k1", "s1", id: "2b")]).last == "k1: refused command-id-used @7")
        let spellings = [
            #"{"topUp": {"fromMs": 3000, "account": "k1", "amount": {"units": 5, "currency_code": "EUR"}}, "command_id": "v1"}"#,
            #"{"commandId": "v1", "topUp": {"account": "k1", "amount": {"currencyCode": "EUR", "units": "5"}, "from": "1970-01-01T01:00:03+01:00"}}"#,
        ]
        for spelling in spellings { #expect(try driver.outcome(of: [spelling]).isEmpty, "\(spelling)") }
        try driver.feed(try CustomerCommand(jsonString: Command.topUp("k1", id: "v1")))
        driver.commit()
        let others = [
            Command.topUp("k1", id: "v1", from: 3001), Command.topUp("k1", id: "v1", expires: 9000), Command.topUp("k2", id: "v1"), Command.buy("k1", "", id: "v1", from: 3000),
            Command.topUp("k1", id: "v1", amount: #""currencyCode": "EUR", "units": "5", "nanos": 1"#),
        ]
        for command in others { #expect(try driver.outcome(of: [command]).first?.contains("refused command-id-used") == true, "\(command)") }
        // Top-ups to rating: the first one alone.
        #expect(driver.emitted.filter { $0.topic == .usageNormalized }.count == 3)
    }

    @Test("an id that an earlier build remembered without a digest is as it was: whatever comes under it changes nothing")
    func usedIDsOfEarlierBuilds() throws {
        var driver = try CommandDriver.withCatalogue()
        driver.writes(.first)
        #expect(try driver.outcome(of: [Command.open("a1", id: "1")]).count == 2)
        #expect(driver.changelog.contains { $0.key.first == UInt8(ascii: "c") && $0.value == [1] })
        try driver.restore()
        #expect(try driver.outcome(of: [Command.open("a2", id: "1")]).isEmpty)
    }

    @Test("commands wait until the catalogue version in force is loaded; the marker itself does not")
    func waiting() throws {
        var driver = CommandDriver()
        #expect(try driver.feed(CommandDriver.marker) == .done)
        let result = try driver.feed(Command.open("a1", id: "1"))
        #expect(result == .waiting("the catalogue version in force, in catalogue.content"))
        driver.commit()
        #expect(driver.emitted.isEmpty)
        try driver.load(key: Array(String(repeating: "AB", count: 32).utf8))
        #expect(try driver.outcome(of: [Command.open("a1", id: "1")]).count == 2)
    }

    @Test("JSON and protobuf say the same, with and without a content type")
    func encodings() throws {
        let json = Command.open("a1", id: "1")
        let protobuf: [UInt8] = try CustomerCommand(jsonString: json).serializedBytes()
        for (value, type) in [
            (Array(json.utf8), nil), (Array((" \n\t" + json).utf8), nil), (Array(json.utf8), "application/json"), (protobuf, nil),
            (protobuf, "application/x-protobuf"), (Array(json.utf8), "text/plain"),
        ] {
            var driver = try CommandDriver.withCatalogue()
            try driver.feed(value, contentType: type)
            driver.commit()
            #expect(driver.emitted.map(\.topic) == [.customersEvents, .usageNormalized], "\(type ?? "no type")")
        }
    }

    @Test("ids come from the command's place and bytes; what goes to rating and the directory names its event")
    func provenance() throws {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: [Command.open("a1", id: "1"), Command.activate("a1", "s1", id: "2", identifiers: ["user:7"])])
        let events = try driver.emitted.filter { $0.topic == .customersEvents }.map { try CustomerEvent(serializedBytes: $0.value) }
        let normalized = try driver.emitted.filter { $0.topic == .usageNormalized }.map { try NormalizedRecord(serializedBytes: $0.value) }
        let entries = driver.emitted.filter { $0.topic == .customersDirectory }
        #expect(events.map(\.commandID) == ["1", "2", "2"])
        #expect(normalized.map(\.meta.cause) == [events[0].meta.id, events[1].meta.id])
        #expect(events[1].meta.cause == events[2].meta.cause && events[0].meta.cause != events[1].meta.cause)
        #expect(try DirectoryEntry(serializedBytes: entries[0].value).assignments[0].event.id == events[2].meta.id)
        #expect(entries[0].key == Identifier("user:7")!.key.description)
    }

    @Test("restored after each command, it decides as if it had never stopped")
    func restores() throws {
        let commands =
            twoSubscriptions + [
                Command.release("a1", "s1", "user:7", id: "5", at: 4000), Command.assign("a2", "s2", "user:7", id: "6", from: 4000),
                Command.end("a1", "s1", id: "7", at: 5000), Command.end("a1", "s1", id: "8", at: 6000),
                Command.open("a1", id: "1"), Command.assign("a1", "s1", "user:7", id: "9", from: 4500),
                Command.end("a2", "s2", id: "10", at: 7000),
            ]
        var straight = try CommandDriver.withCatalogue()
        var restored = try CommandDriver.withCatalogue()
        for command in commands {
            let expected = try straight.outcome(of: [command])
            try restored.restore()
            #expect(try restored.outcome(of: [command]) == expected, "\(command)")
        }
        #expect(restored.emitted.map(\.value) == straight.emitted.map(\.value))
    }
}
