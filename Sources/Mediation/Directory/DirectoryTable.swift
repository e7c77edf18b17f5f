import Events
import Pipeline
import Quantities

/// Who holds which identifier, from when to when: the whole of `customers.directory`, looked up by the hash of the identifier.
public struct DirectoryTable: Sendable {
    private var index = DirectoryIndex()
    /// The keys that changed last, and how many changes there were before them.
    private var recent: ContiguousArray<EventID> = []
    private var forgotten = 0
    /// Keys whose entries were removed: nothing is to be waited for there.
    private var removed: Set<EventID> = []
    private static let remembered = 65_536

    public init() {}

    public var count: Int { index.count }

    public mutating func apply(_ record: InputRecord) throws {
        func corrupt(_ reason: String) -> CorruptRecord {
            CorruptRecord(topic: .customersDirectory, partition: record.partition, offset: record.offset, reason: reason)
        }
        guard let value = record.value else {
            guard let key = EventID(String(decoding: record.key, as: UTF8.self)) else {
                throw corrupt("a tombstone without an identifier's key")
            }
            index.remove(key)
            removed.insert(key)
            note(key)
            return
        }
        let message: DirectoryEntry
        do { message = try DirectoryEntry(serializedBytes: BorrowedBytes(value)) } catch { throw corrupt("no DirectoryEntry") }
        guard let identifier = Identifier(message.identifier), identifier.text == message.identifier else {
            throw corrupt("its identifier is not normalized")
        }
        removed.remove(identifier.key)
        index.set(
            identifier.key, identifier: identifier.text, revision: message.revision,
            message.assignments.map {
                DirectoryIndex.NewHolder(
                    account: $0.account, subscription: $0.subscription, fromMs: $0.fromMs, toMs: $0.toMs == 0 ? .max : $0.toMs,
                    event: $0.event.id, followsEnd: $0.followsEnd, firstToMs: $0.firstToMs)
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
        case found
        case unknown
        case notAtTime
    }

    /// Lends who held the identifier at `ms`. `text` is normalized, `key` its key; the text is compared, for a hash may collide where someone
    /// wants it to.
    @inline(__always)
    func find(_ key: EventID, _ text: UnsafeRawBufferPointer, at ms: Int64, _ body: (DirectoryIndex.Holder) -> Void) -> Finding {
        find(key, text, at: ms, isFirst: false, body)
    }

    /// The same, but lends to whom usage that began at `ms` goes first: the first ever recorded who held the identifier then, as far as a copy of the usage may
    /// have been rated there. All copies go to that one partition, which decides alone what is a duplicate; whose the usage is, that holder was told.
    @inline(__always)
    func findFirst(_ key: EventID, _ text: UnsafeRawBufferPointer, at ms: Int64, _ body: (DirectoryIndex.Holder) -> Void) -> Finding {
        find(key, text, at: ms, isFirst: true, body)
    }

    @inline(__always)
    private func find(
        _ key: EventID, _ text: UnsafeRawBufferPointer, at ms: Int64, isFirst: Bool, _ body: (DirectoryIndex.Holder) -> Void
    ) -> Finding {
        index.withEntry(key, at: ms) { identifier, holder, first in
            guard identifier.equals(text) else { return .unknown }
            guard let holder = isFirst ? first : holder else { return .notAtTime }
            body(holder)
            return .found
        } ?? .unknown
    }

    /// How often the identifier's holders have changed; 0 where it is not known yet, and no end of it where it was removed.
    func revision(of key: EventID) -> Int64 { index.revision(of: key) ?? (removed.contains(key) ? .max : 0) }

    /// How many changes there have been.
    var changeCount: Int { forgotten + recent.count }

    /// The key that the `number`th change was about; nil where that is forgotten.
    func change(_ number: Int) -> EventID? { number < forgotten ? nil : recent[number - forgotten] }
}
