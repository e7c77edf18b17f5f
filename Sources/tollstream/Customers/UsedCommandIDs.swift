import Customers
import Events
import KafkaRuntime
import Pipeline

/// Finds commands whose ids were used before for other commands, in the file itself or in the log: they will be refused, and who sends them is told at once.
struct UsedCommandIDs {
    private var first: [String: (digest: UInt64, place: String)] = [:]
    /// One text for each.
    private(set) var conflicts: [String] = []
    /// The commands that stand in the log or the file already, word for word: the stage takes each once.
    private(set) var repeatedCount = 0

    /// - Parameter place: where in its file a command stands.
    init(_ commands: [CustomerCommand], place: (Int) -> String) {
        for (number, command) in commands.enumerated() { take(command, at: place(number)) }
    }

    private mutating func take(_ command: CustomerCommand, at place: String) {
        let digest = command.contentDigest
        guard let known = first[command.commandID] else { return first[command.commandID] = (digest, place) }
        if known.digest != digest { conflicts.append(Self.text(command.commandID, place, usedAt: known.place)) } else { repeatedCount += 1 }
    }

    /// Looks at what was published before: this program's commands have their id as key. Of what came by another way under a key of its own, the stage alone
    /// knows the id; its refusal stands in `customers refused`.
    mutating func compare(_ log: KafkaLog) throws {
        let mine = first
        var found: [String] = []
        var repeated: Set<String> = []
        for partition in 0..<(try log.partitionCount(of: .customersCommands)) {
            var seen: Set<String> = []
            try log.read(.customersCommands, partition: partition, try log.offsets(of: .customersCommands, partition: partition)) { record in
                // Not each of what may be millions is decoded.
                if !record.key.isEmpty, mine[String(decoding: record.key, as: UTF8.self)] == nil { return true }
                guard let command = CustomerCommand(record), let own = mine[command.commandID], seen.insert(command.commandID).inserted else {
                    return true
                }
                if command.contentDigest != own.digest {
                    let place = "\(Topic.customersCommands.rawValue)/\(partition)/\(record.offset)"
                    found.append(Self.text(command.commandID, own.place, usedAt: place))
                } else {
                    repeated.insert(command.commandID)
                }
                return true
            }
        }
        conflicts += found
        repeatedCount += repeated.count
    }

    private static func text(_ id: String, _ place: String, usedAt: String) -> String {
        "\(place): commandId \(id) was used at \(usedAt) for another command, and will be refused: send this one under an id of its own"
    }
}
