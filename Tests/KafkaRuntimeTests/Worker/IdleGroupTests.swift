import KafkaRuntime
import Testing

@Suite struct IdleGroupTests {
    /// What each member last said, and whether they stop then. The steady clock of the process is far past 1 ms.
    static let cases: [(members: [String: Int64?], isOver: Bool)] = [
        ([:], true),
        (["normalize": nil], false),
        (["normalize": 1], true),
        (["normalize": 1, "rate": nil], false),
        (["normalize": 1, "rate": 1], true),
        (["normalize": 1, "rate": .max], false),
    ]

    @Test(arguments: cases) func stopsOnlyTogether(members: [String: Int64?], isOver: Bool) {
        let group = IdleGroup(seconds: 0.001)
        for (name, _) in members { group.join(name) }
        #expect(members.isEmpty || !group.isOver)
        for (name, since) in members { group.report(name, idleSinceMs: since) }
        #expect(group.isOver == isOver)
    }

    @Test func aMemberThatIsBusyAgainHoldsTheOthers() {
        let group = IdleGroup(seconds: 0.001)
        for name in ["rate", "aggregate"] { group.report(name, idleSinceMs: 1) }
        group.report("rate", idleSinceMs: nil)
        #expect(!group.isOver)
    }

    @Test func whatIsOverStaysOver() {
        let group = IdleGroup(seconds: 0.001)
        for name in ["rate", "aggregate"] { group.report(name, idleSinceMs: 1) }
        #expect(group.isOver)
        group.report("rate", idleSinceMs: nil)
        #expect(group.isOver)
    }
}
