import Events
import Pipeline
import Quantities

/// Who holds which identifier, from when to when: the whole of `customers.directory`, looked up by the hash of the identifier.
public struct DirectoryTable: Sendable {
    struct Entry: Sendable {
        /// Normalized; compared on each lookup, for a hash may collide where someone wants it to.
        var identifier: String
        var holders: [Holder]
    }

    struct Holder: Sendable {
        var account: String
        var subscription: String
        var fromMs: Int64
        /// `Int64.max` while it lasts.
        var toMs: Int64
        /// The customer event that made it so.
        var event: EventID
    }

    private var entries: [EventID: Entry] = [:]
    /// The keys that changed last, and how many changes there were before them.
    private var recent: ContiguousArray<EventID> = []
    private var forgotten = 0
    private static let remembered = 65_536

    public init() {}

    public var count: Int { entries.count }

    public mutating func apply(_ record: InputRecord) throws {
        func corrupt(_ reason: String) -> CorruptRecord {
            CorruptRecord(topic: .customersDirectory, partition: record.partition, offset: record.offset, reason: reason)
        }
        guard let value = record.value else {
            guard let key = EventID(String(decoding: record.key, as: UTF8.self)) else {
                throw corrupt("a tombstone without an identifier's key")
            }
            entries[key] = nil
            note(key)
            return
        }
        let message: DirectoryEntry
        do { message = try DirectoryEntry(serializedBytes: BorrowedBytes(value)) } catch { throw corrupt("no DirectoryEntry") }
        guard let identifier = Identifier(message.identifier), identifier.text == message.identifier else {
            throw corrupt("its identifier is not normalized")
        }
        entries[identifier.key] = Entry(
            identifier: identifier.text,
            holders: message.assignments.map {
                Holder(
                    account: $0.account, subscription: $0.subscription, fromMs: $0.fromMs, toMs: $0.toMs == 0 ? .max : $0.toMs,
                    event: $0.event.id)
            })
        note(identifier.key)
    }

    private mutating func note(_ key: EventID) {
        if recent.count == 2 * Self.remembered {
            recent.removeFirst(Self.remembered)
            forgotten += Self.remembered
        }
        recent.append(key)
    }

    enum Finding {
        case holder(Holder)
        case unknown
        case notAtTime
    }

    /// Who held the identifier at `ms`. `text` is normalized, `key` its key.
    @inline(__always)
    func find(_ key: EventID, _ text: UnsafeRawBufferPointer, at ms: Int64) -> Finding {
        guard let entry = entries[key], !entry.holders.isEmpty, Self.equal(entry.identifier, text) else { return .unknown }
        for holder in entry.holders where holder.fromMs <= ms && ms < holder.toMs {
            return .holder(holder)
        }
        return .notAtTime
    }

    @inline(__always)
    private static func equal(_ identifier: String, _ text: UnsafeRawBufferPointer) -> Bool {
        var identifier = identifier
        return identifier.withUTF8 { text.equals(UnsafeRawBufferPointer($0)) }
    }

    /// How many changes there have been.
    var changeCount: Int { forgotten + recent.count }

    /// The key that the `number`th change was about; nil where that is forgotten.
    func change(_ number: Int) -> EventID? { number < forgotten ? nil : recent[number - forgotten] }
}
