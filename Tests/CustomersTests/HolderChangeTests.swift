import Customers
import Events
import Pipeline
import Quantities
import Testing

/// Who is told that an identifier's usage is another's, or is its own again; and where copies of usage go first.
@Suite("Customers: changes of holder")
struct HolderChangeTests {
    private static let given = [
        Command.open("a1", id: "1"), Command.activate("a1", "s1", id: "2", identifiers: ["user:7"]), Command.open("a2", id: "3"),
        Command.activate("a2", "s2", id: "4"), Command.activate("a1", "s3", id: "5"),
    ]

    /// "account/subscription: spans r<revision> lost <from>" for each change, and the directory's entry behind them.
    private static func told(_ driver: inout CommandDriver, _ commands: [String]) throws -> [String] {
        let before = driver.emitted.count
        for command in commands { try driver.feed(command) }
        driver.commit()
        return try driver.emitted[before...].compactMap { entry in
            switch entry.topic {
            case .usageNormalized:
                guard case .holderChanged(let event)? = try NormalizedRecord(serializedBytes: entry.value).body else { return nil }
                #expect(entry.key == event.account)
                let spans = event.held.map { "[\($0.fromMs),\($0.toMs == 0 ? "" : String($0.toMs)))" }.joined(separator: " ")
                return "\(event.account)/\(event.subscription): \(spans) r\(event.revision)" + (event.hasLostFromMs ? " lost \(event.lostFromMs)" : "")
            case .customersDirectory:
                let entry = try DirectoryEntry(serializedBytes: entry.value)
                let firsts = entry.assignments.map { holder in
                    // Without a timestamp the release's own time counts: 31 days behind it.
                    holder.firstToMs == 0 ? "-" : "\(holder.firstToMs - 31 * Timestamp.msPerDay)"
                }
                return "r\(entry.revision) first to " + firsts.joined(separator: ",")
            default: return nil
            }
        }
    }

    struct Case: Sendable {
        var name: String
        var steps: [(command: String, told: [String])]
    }

    static let cases: [Case] = [
        Case(
            name: "handed over, and back for a time",
            steps: [
                (Command.release("a1", "s1", "user:7", id: "c1", at: 4000), ["a1/s1: [2000,4000) r2 lost 4000", "r2 first to 4000"]),
                // Who never held it before is told nothing: all that comes is their own.
                (Command.assign("a2", "s2", "user:7", id: "c2", from: 4000), ["r3 first to 4000,-"]),
                (Command.release("a2", "s2", "user:7", id: "c3", at: 6000), ["a2/s2: [4000,6000) r4 lost 6000", "r4 first to 4000,6000"]),
                (Command.assign("a1", "s1", "user:7", id: "c4", from: 6000), ["a1/s1: [2000,4000) [6000,) r5", "r5 first to 4000,6000,-"]),
            ]),
        Case(
            name: "handed over by mistake, and put right",
            steps: [
                (Command.release("a1", "s1", "user:7", id: "c1", at: 4000), ["a1/s1: [2000,4000) r2 lost 4000", "r2 first to 4000"]),
                (Command.assign("a2", "s2", "user:7", id: "c2", from: 4000), ["r3 first to 4000,-"]),
                (Command.release("a2", "s2", "user:7", id: "c3", at: 4000), ["a2/s2:  r4 lost 4000", "r4 first to 4000,4000"]),
                (Command.assign("a1", "s1", "user:7", id: "c4", from: 4000), ["a1/s1: [2000,) r5", "r5 first to 4000,4000,-"]),
            ]),
        Case(
            name: "given up earlier than was said, and taken over earlier, too",
            steps: [
                (Command.release("a1", "s1", "user:7", id: "c1", at: 4000), ["a1/s1: [2000,4000) r2 lost 4000", "r2 first to 4000"]),
                (Command.assign("a2", "s2", "user:7", id: "c2", from: 4000), ["r3 first to 4000,-"]),
                (Command.release("a1", "s1", "user:7", id: "c3", at: 3000), ["a1/s1: [2000,3000) r4 lost 3000", "r4 first to 4000,-"]),
                (Command.release("a2", "s2", "user:7", id: "c4", at: 4000), ["a2/s2:  r5 lost 4000", "r5 first to 4000,4000"]),
                (Command.assign("a2", "s2", "user:7", id: "c5", from: 3000), ["a2/s2: [3000,) r6", "r6 first to 4000,4000,-"]),
            ]),
        Case(
            name: "to another subscription of the account",
            steps: [
                (Command.release("a1", "s1", "user:7", id: "c1", at: 4000), ["a1/s1: [2000,4000) r2 lost 4000", "r2 first to 4000"]),
                (Command.assign("a1", "s3", "user:7", id: "c2", from: 4000), ["r3 first to 4000,-"]),
            ]),
        Case(
            name: "what comes after the subscription's end is its offering's to decide about, until somebody else holds the identifier",
            steps: [
                (Command.end("a1", "s1", id: "c1", at: 5000), ["r2 first to 5000"]),
                (Command.assign("a2", "s2", "user:7", id: "c2", from: 7000), ["a1/s1: [2000,7000) r3 lost 7000", "r3 first to 7000,-"]),
                // Who gives it up before it begins never held it: until somebody does it is the offering's to decide about again.
                (Command.release("a2", "s2", "user:7", id: "c3", at: 7000), ["a1/s1: [2000,) r4", "a2/s2:  r4 lost 7000", "r4 first to 7000,7000"]),
            ]),
    ]

    @Test("whose own spans change is told", arguments: cases)
    func changes(_ given: Case) throws {
        var driver = try CommandDriver.withCatalogue()
        _ = try driver.outcome(of: Self.given)
        for step in given.steps {
            #expect(try Self.told(&driver, [step.command]) == step.told, "\(given.name): \(step.command)")
            try driver.restore()
        }
    }

    @Test("an identifier that an older build recorded: nobody is told in the first format; in the second all are, with the first change that is counted")
    func formats() throws {
        var driver = CommandDriver()
        driver.writes(.first)
        try driver.load()
        try driver.feed(CommandDriver.marker)
        _ = try driver.outcome(of: Self.given)
        #expect(try Self.told(&driver, [Command.release("a1", "s1", "user:7", id: "c1", at: 4000)]) == ["r0 first to -"])
        #expect(try Self.told(&driver, [Command.assign("a2", "s2", "user:7", id: "c2", from: 4000)]) == ["r0 first to -,-"])
        driver.writes(.second)
        let released = try Self.told(&driver, [Command.release("a2", "s2", "user:7", id: "c3", at: 6000)])
        // What a1 had given up before is told with it: what it was charged of that can be put right from now on.
        #expect(released == ["a1/s1: [2000,4000) r1 lost 4000", "a2/s2: [4000,6000) r1 lost 6000", "r1 first to 4000,6000"])
        // Who was told once is told of all, and the state says so in any format.
        driver.writes(.first)
        driver.commit()
        try driver.restore()
        driver.writes(.first)
        let assigned = try Self.told(&driver, [Command.assign("a2", "s2", "user:7", id: "c4", from: 9000)])
        #expect(assigned == ["a2/s2: [4000,6000) [9000,) r2", "r2 first to 4000,6000,-"])
    }

    @Test("usage goes to its first holder for 31 days after the release or after it was known, whichever is later, and no longer than it was to be theirs")
    func firstFor() {
        let day = Timestamp.msPerDay
        let cases: [(toMs: Int64, firstToMs: Int64, released: Int64, recorded: Int64, expected: Int64)] = [
            (0, 0, 100 * day, 150 * day, 181 * day), (0, 0, 100 * day, 0, 131 * day), (0, 0, 150 * day, 100 * day, 181 * day),
            (160 * day, 0, 100 * day, 150 * day, 160 * day), (110 * day, 141 * day, 100 * day, 105 * day, 141 * day),
            (0, 0, .max - 5, 0, .max),
        ]
        for given in cases {
            let first = HeldFirst.until(toMs: given.toMs, firstToMs: given.firstToMs, releasedMs: given.released, recordedMs: given.recorded)
            #expect(first == given.expected, "\(given)")
        }
    }
}
