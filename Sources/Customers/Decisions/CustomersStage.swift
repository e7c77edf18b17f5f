import Events
import Pipeline
import Quantities

/// Decides commands, one after the other, into events or a refusal. All commands are in one partition, for an identifier is unique over
/// all accounts.
///
/// A command that was decided before, whether carried out or refused, changes nothing and emits nothing: to try a refused command
/// again, send it under another id. Another command under an id that was used is refused: a second sender who counts alike must not lose it in silence.
/// Commands that can't be read have no id and are refused each time.
public struct CustomersStage: Stage {
    public typealias State = CustomersState
    public typealias Tables = CustomersTables

    public static let name = StageName.customers
    public static let input = Topic.customersCommands
    public static let tableTopics: [Topic] = [.catalogueContent]
    public static let outputs: [Topic] = [.customersEvents, .customersDirectory, .usageNormalized]
    public static let changelog: Topic? = .stateCustomers
    public static let readsHeaders = true

    public init() {}

    public func step(
        _ record: InputRecord, tables: CustomersTables, state: inout CustomersState, outbox: inout Outbox
    ) throws -> StepResult {
        guard let command = CustomerCommand(record) else {
            refuse(Refused(.malformed, "no CustomerCommand of at most 256 KiB, in JSON or protobuf"), CustomerCommand(), record, &outbox)
            return .done
        }
        if case .catalogue(let marker)? = command.body {
            if marker.hash.count == 32 {
                state.catalogue = Array(marker.hash)
                state.isCatalogueDirty = true
            } else {
                refuse(Refused(.malformed, "a catalogue's hash has 32 bytes"), command, record, &outbox)
            }
            return .done
        }
        if command.commandID.isEmpty {
            refuse(Refused(.missingField, "commandId is empty"), command, record, &outbox)
            return .done
        }
        guard FieldForm.isCommandID(command.commandID) else {
            refuse(Refused(.badID, "commandId is not 1 to 128 visible ASCII characters"), command, record, &outbox)
            return .done
        }
        let commandKey = CustomersState.commandKey(command.commandID)
        let digest = command.contentDigest
        if let decided = state.commands[commandKey] {
            if decided.digest == 0 || decided.digest == digest {
                outbox.count("commands", label: "duplicate")
            } else {
                let place = "\(Self.input.rawValue)/\(record.partition)/\(decided.offset)"
                let detail = "commandId was used at \(place) for another command: send this one under an id of its own"
                refuse(Refused(.commandIDUsed, detail), command, record, &outbox)
            }
            return .done
        }
        switch Decider(state, tables).decide(command.body) {
        case .waiting(let what): return .waiting(what)
        case .refused(let refused): refuse(refused, command, record, &outbox)
        case .facts(let facts): carryOut(facts, command, record, &state, &outbox)
        }
        state.commands.set(commandKey, CustomersState.DecidedCommand(digest: digest, offset: record.offset))
        return .done
    }
}
