import Events
import Quantities

extension Usage {
    /// What names the usage, and what it says. A record by an older build carries neither: they are found from what it does carry, which is right where
    /// the record id is a single field, and older builds knew no other.
    var identity: UsageIdentity {
        let stated = UsageIdentity(high: recordHigh, low: recordLow, content: content)
        if !stated.isNone { return stated }
        func bytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
            var text = text
            return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
        let digest = bytes(type) { type in
            bytes(parties.other) { other in
                var content = UsageContent(type: type, startMs: startMs, quantityMicros: quantityMicros, otherParty: other)
                bytes(category) { category in
                    bytes(service) { service in
                        bytes(network) { network in
                            bytes(otherNetwork) {
                                content.add(
                                    direction: UInt64(direction.rawValue), category: category, service: service, network: network, otherNetwork: $0)
                            }
                        }
                    }
                }
                return content.digest
            }
        }
        return bytes(parties.served) { UsageIdentity(record: formerIdentity, subscriber: $0, content: digest) }
    }

    var formerIdentity: EventID { EventID(high: identityHigh, low: identityLow) }
    var isOfOlderBuild: Bool { recordHigh == 0 && recordLow == 0 }
}

extension UsageIdentity {
    /// The name without the content.
    var name: EventID { EventID(high: high, low: UInt64(low)) }
}

/// What was rated, rejected or moved in one partition: 24 to 64 bytes a usage.
struct AcceptedBook {
    /// By name, of the first that was accepted under it: the content, and 32 bits that stand for its raw record.
    private var first = IDTable()
    /// By name, of all further ones with other contents: few, for a source has to ask for it.
    private var further: [EventID: [UInt64]] = [:]
    /// By the identity of older builds, of what these wrote: its raw record.
    private var former = IDTable()
    /// What went to another holder, and may come back by a move; few.
    private var away: Set<UsageIdentity> = []

    enum Outcome {
        case first
        /// Other content under a name that was accepted before.
        case other
        case again
        /// It had gone to another holder, and a move brought it back: to that account, or to another one of the partition.
        case back
    }

    mutating func accept(_ usage: Usage) -> Outcome {
        let identity = usage.identity
        if usage.hasMoved, away.remove(identity) != nil { return .back }
        let note = Self.note(identity.content, usage.rawPosition)
        if usage.isOfOlderBuild { former.insert(usage.formerIdentity, note: usage.rawPosition.note) }
        if first.insert(identity.name, note: note) { return .first }
        let others = notes(of: identity)
        if others.contains(where: { $0 >> 32 == note >> 32 }) { return .again }
        further[identity.name, default: []].append(note)
        return .other
    }

    /// The usage goes to another holder. It stays known: a further copy is a duplicate of it.
    mutating func leave(_ usage: Usage) -> Outcome {
        defer { away.insert(usage.identity) }
        return accept(usage)
    }

    /// The usage, which was accepted before, goes to another holder.
    mutating func takeBack(_ usage: Usage) { away.insert(usage.identity) }

    /// Whether it went to another holder and has not come back.
    func isAway(_ usage: Usage) -> Bool { away.contains(usage.identity) }

    func knowsName(of usage: Usage) -> Bool { first.note(of: usage.identity.name) != nil }

    /// Whether the usage of that raw record is the one that `copy` is a duplicate of; nil where none was accepted.
    func isOriginal(_ raw: RawPosition, of copy: Usage) -> Bool? {
        let identity = copy.identity
        if let same = notes(of: identity).first(where: { $0 >> 32 == UInt64(identity.content) }) { return same == Self.note(identity.content, raw) }
        // What an older build accepted is asked by the identity that it knew: any content, any subscriber.
        return former.note(of: copy.formerIdentity).map { $0 == raw.note }
    }

    /// Whether the usage of that raw record was accepted under the name of `other`, and with another content.
    func isInConflict(_ raw: RawPosition, with other: Usage) -> Bool {
        let identity = other.identity
        return notes(of: identity).contains { $0 >> 32 != UInt64(identity.content) && $0 == Self.note(UInt32($0 >> 32), raw) }
    }

    private func notes(of identity: UsageIdentity) -> [UInt64] { (first.note(of: identity.name).map { [$0] } ?? []) + (further[identity.name] ?? []) }

    /// Never zero.
    private static func note(_ content: UInt32, _ raw: RawPosition) -> UInt64 { UInt64(content) << 32 | raw.note >> 32 | 1 }
}
