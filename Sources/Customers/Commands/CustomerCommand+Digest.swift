import Events
import Quantities

extension CustomerCommand {
    /// What tells two commands of one id apart: 64 bits of what was decoded, never zero. How it was spelt does not count: JSON or protobuf, a time as text or
    /// in milliseconds, an identifier with or without separators. Nor do the id, the envelope, and names and addresses, which no digest may hold.
    public var contentDigest: UInt64 {
        var content = self
        content.clearMeta()
        content.commandID = ""
        switch content.body {
        case .openAccount(var command):
            let keyID = command.person.keyID
            if command.hasPerson { command.person = .with { $0.keyID = keyID } }
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.openAccount = command
        case .activateSubscription(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            command.identifiers = command.identifiers.map { Identifier.normalized($0) ?? $0 }
            content.activateSubscription = command
        case .changePlan(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.changePlan = command
        case .endSubscription(var command):
            (command.at, command.atMs) = Self.plain("at", command.at, command.atMs)
            content.endSubscription = command
        case .assignIdentifier(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            command.identifier = Identifier.normalized(command.identifier) ?? command.identifier
            content.assignIdentifier = command
        case .releaseIdentifier(var command):
            (command.at, command.atMs) = Self.plain("at", command.at, command.atMs)
            command.identifier = Identifier.normalized(command.identifier) ?? command.identifier
            content.releaseIdentifier = command
        case .setFavourites(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.setFavourites = command
        case .suspendSubscription(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.suspendSubscription = command
        case .resumeSubscription(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.resumeSubscription = command
        case .buyOffering(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            content.buyOffering = command
        case .topUp(var command):
            (command.from, command.fromMs) = Self.plain("from", command.from, command.fromMs)
            (command.expires, command.expiresMs) = Self.plain("expires", command.expires, command.expiresMs)
            content.topUp = command
        case .setPrepaid, .catalogue, nil: break
        }
        guard let bytes: [UInt8] = try? content.serializedBytes() else { preconditionFailure("proto3 has no required fields") }
        var hash = SipHash128()
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        return max(1, hash.finish().low)
    }

    /// A text that is a time becomes its milliseconds.
    private static func plain(_ name: String, _ text: String, _ ms: Int64) -> (String, Int64) {
        let time = CommandTime(name, text, ms).ms
        return time == 0 ? (text, ms) : ("", time)
    }
}
