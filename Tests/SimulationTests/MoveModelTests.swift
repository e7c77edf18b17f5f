import Events
import Pipeline
import Simulation
import Testing

/// One usage, two copies of it, one number that moves, and all that can happen in which order.
@Suite("Moves, in every order")
struct MoveModelTests {
    struct Case: Sendable, CustomStringConvertible {
        var to: MoveTests.Case.To
        /// The usage of the file that is sent twice, and the commands.
        var usage: Int
        var path: MoveTests.Case.Path
        var copies: Int
        /// Who rates anew may do so without being asked, once.
        var spontaneous: Int

        var description: String { "usage \(usage), \(copies) times, \(path), \(to)\(spontaneous > 0 ? ", rated anew unasked" : "")" }
    }

    static let cases: [Case] = MoveTests.Case.To.allCases.map { Case(to: $0, usage: 2, path: .there, copies: 2, spontaneous: 1) } + [
        Case(to: .otherPartition, usage: 0, path: .there, copies: 2, spontaneous: 1),
        Case(to: .otherPartition, usage: 2, path: .recycled, copies: 2, spontaneous: 1),
        Case(to: .samePartition, usage: 2, path: .recycled, copies: 2, spontaneous: 0),
        Case(to: .otherPartition, usage: 2, path: .ended, copies: 2, spontaneous: 0),
        Case(to: .otherPartition, usage: 2, path: .thereAndBack, copies: 1, spontaneous: 0),
        Case(to: .samePartition, usage: 3, path: .thereAndBack, copies: 1, spontaneous: 0),
    ]

    @Test("each ends with one charge, the holder's", arguments: cases)
    func everyOrder(_ some: Case) throws {
        var world = try SmallWorld(some.to, partitions: 2)
        let commands = world.commands(some.path).joined()
        var truth = world.truth
        for command in commands { truth.take(command) }
        // Nobody has read any of it yet.
        for command in commands { world.log.append(.customersCommands, partition: 0, key: [], value: try command.serializedBytes()) }
        guard case .raw(_, let value, let type?) = SmallWorld.usage(some.usage) else { return }
        for partition in 0..<Int32(some.copies) {
            world.log.append(.usageRaw, partition: partition, key: [], value: value, headers: [("content-type", Array(type.utf8))])
        }
        var model = try MoveModel(world.log, spontaneous: some.spontaneous)
        try model.explore(always: { try ChargedUsage($0).doubled }, inTheEnd: { try ChargedUsage($0).faults(truth) })
        #expect(model.failures == [], "\(some)")
        #expect(model.ends > 1)
        // Nothing else has a reason to move.
        #expect((model.movedEnds > 0) == (some.usage != 0), "\(some)")
    }
}
