import Customers
import Events
import Testing

@Suite("Customers: suspensions")
struct SuspensionTests {
    private let given = [
        Command.open("a1", id: "1"), Command.activate("a1", "s1", id: "2", identifiers: ["user:7"]), Command.suspend("a1", "s1", id: "3", from: 3000),
    ]

    private func outcome(given: [String], when commands: String...) throws -> [String] {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: given)
        try driver.restore()
        return try driver.outcome(of: commands)
    }

    @Test("a suspension and its end are facts, and go to rating")
    func facts() throws {
        #expect(
            try outcome(given: Array(given.dropLast()), when: Command.suspend("a1", "s1", id: "3", from: 3000, barring: "BARRING_LEVEL_OUTGOING")) == [
                "a1: suspended s1 outgoing from 3000: unpaid", "a1 to rating: suspended s1 outgoing",
            ])
        #expect(try outcome(given: given, when: Command.resume("a1", "s1", id: "4", from: 4000)) == ["a1: resumed s1 from 4000", "a1 to rating: resumed s1"])
    }

    @Test("each level that there is", arguments: [
        ("NONE", "none"), ("INCOMING", "incoming"), ("ROAMING", "roaming"), ("ALL", "all"), ("OUTGOING_INTERNATIONAL", "outgoing-international"), ("PREMIUM", "premium"),
    ])
    func levels(_ name: String, _ text: String) throws {
        let command = Command.suspend("a1", "s1", id: "3", from: 3000, barring: "BARRING_LEVEL_" + name)
        #expect(try outcome(given: Array(given.dropLast()), when: command).contains("a1 to rating: suspended s1 " + text))
    }

    @Test("another barring level: resumed and suspended at one instant")
    func anotherLevel() throws {
        let commands = [Command.resume("a1", "s1", id: "4", from: 4000), Command.suspend("a1", "s1", id: "5", from: 4000, barring: "BARRING_LEVEL_DATA")]
        #expect(try outcome(given: given + [commands[0]], when: commands[1]).first == "a1: suspended s1 data from 4000: unpaid")
        #expect(try outcome(given: given + [commands[0]], when: Command.suspend("a1", "s1", id: "5", from: 3999)) == ["a1: refused already-suspended @5"])
        #expect(try outcome(given: given + commands, when: Command.resume("a1", "s1", id: "6", from: 4000)) == ["a1: refused not-suspended @6"])
        #expect(try outcome(given: given + commands, when: Command.resume("a1", "s1", id: "6", from: 4001)).count == 2)
    }

    @Test("a suspended subscription changes its plan, and ends")
    func goesOn() throws {
        #expect(try outcome(given: given, when: Command.changePlan("a1", "s1", id: "4")).count == 2)
        #expect(try outcome(given: given, when: Command.end("a1", "s1", id: "4", at: 5000)).first == "a1: ended s1 at 5000")
    }

    @Test("where the plan at the end bills or rejects what comes after it, usage still finds its way there")
    func followsEnd() throws {
        let moved = [given[0], given[1], Command.changePlan("a1", "s1", id: "3", offering: "lasting", from: 4000)]
        #expect(try outcome(given: moved, when: Command.end("a1", "s1", id: "4", at: 5000)).last == "directory: user:7 s1[2000,5000)+")
        #expect(try outcome(given: moved, when: Command.end("a1", "s1", id: "4", at: 4000)).last == "directory: user:7 s1[2000,4000)")
        // What is released before the end is not.
        #expect(try outcome(given: moved, when: Command.release("a1", "s1", "user:7", id: "4", at: 4500)).last == "directory: user:7 s1[2000,4500)")
    }
}
