import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// The suspended usages of one partition that wait for the directory.
///
/// The changelog holds each under the 32 hexadecimal digits of its suspended event's id: the attempts so far (a byte), then a
/// `SuspendedUsage` with what recycling needs; after the first format marked with their version.
public struct RecycleState: StageState {
    private var held = EntityTable<EventID, HeldUsage>()
    /// The held ones by the key of their identifier, in the order in which they came.
    private var waiting: [EventID: [EventID]] = [:]
    private(set) var heldBytes = 0
    /// Identifiers still to be looked up, from the end: after a restore, or when the directory moved on further than it remembers.
    private var unchecked: [EventID] = []
    /// How many changes of the directory have been looked at.
    private var seenChanges = 0

    public init(partition: Int32) {}

    public var count: Int { held.count }

    mutating func hold(_ id: EventID, _ usage: HeldUsage, key: EventID) {
        guard held[id] == nil else { return }
        held.set(id, usage)
        waiting[key, default: []].append(id)
        heldBytes += usage.weight
    }

    /// The next identifier whose entry may have changed; nil when all have been looked at.
    mutating func nextCandidate(_ directory: DirectoryTable) -> EventID? {
        if seenChanges > directory.changeCount || (seenChanges < directory.changeCount && directory.change(seenChanges) == nil) {
            seenChanges = directory.changeCount
            recheckAll()
        }
        while seenChanges < directory.changeCount {
            let key = directory.change(seenChanges)
            seenChanges += 1
            if let key, waiting[key] != nil { return key }
        }
        while let key = unchecked.popLast() {
            if waiting[key] != nil { return key }
        }
        return nil
    }

    /// Puts an identifier back that could not be dealt with wholly.
    mutating func again(_ key: EventID) { unchecked.append(key) }

    /// Takes up to `limit` of the identifier's usages that `isCovered`, and forgets them. Says whether there may be more.
    mutating func take(_ key: EventID, limit: Int, isCovered: (HeldUsage) -> Bool, _ body: (EventID, HeldUsage) -> Void) -> Bool {
        guard let ids = waiting[key] else { return false }
        var left: [EventID] = []
        var taken = 0
        var hasMore = false
        for id in ids {
            guard let usage = held[id] else { continue }
            guard taken < limit, isCovered(usage) else {
                hasMore = hasMore || taken == limit
                left.append(id)
                continue
            }
            body(id, usage)
            held.remove(id)
            heldBytes -= usage.weight
            taken += 1
        }
        waiting[key] = left.isEmpty ? nil : left
        return hasMore
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        guard let id = EventID(String(decoding: key, as: UTF8.self)) else { throw EntryFault.unknown(kind: key.first.map(EntryFault.kind) ?? "none") }
        guard let value else { return held.remove(id, clean: true) }
        var reader = EntryReader(value)
        let version = try reader.version(upTo: Self.version, of: Self.kind)
        let attempts = reader.byte()
        guard reader.isSound, let message = try? SuspendedUsage(serializedBytes: BorrowedBytes(reader.rest())) else {
            throw EntryFault.broken(kind: Self.kind, version: version)
        }
        held.set(id, HeldUsage(message, attempts: Int(attempts)), clean: true)
    }

    private static let kind = "held"
    private static let version: UInt8 = 2

    public mutating func finishRestore() {
        // The table's own order depends on history; by id it does not.
        var ids: [(id: EventID, key: EventID, weight: Int)] = []
        held.forEach { id, usage in
            if let key = Identifier.key(of: usage.subscriber) { ids.append((id, key, usage.weight)) }
        }
        ids.sort { $0.id < $1.id }
        for (id, key, weight) in ids {
            waiting[key, default: []].append(id)
            heldBytes += weight
        }
        recheckAll()
    }

    /// The smallest key comes last, to be looked up first.
    private mutating func recheckAll() {
        var keys: [EventID] = []
        held.forEach { _, usage in
            if let key = Identifier.key(of: usage.subscriber) { keys.append(key) }
        }
        keys.sort { $1 < $0 }
        unchecked = keys
    }

    public mutating func flush(into changelog: inout ChangelogWriter) {
        var entries: [(key: [UInt8], value: [UInt8]?)] = []
        var begin = EntryWriter(capacity: 3)
        begin.version(Self.version, in: changelog.format)
        held.drainDirty { id, usage in
            let key = Array(id.description.utf8)
            switch copy usage {
            case let usage?: entries.append((key, begin.bytes + usage.entry))
            case nil: entries.append((key, nil))
            }
        }
        for (key, value) in entries {
            if let value { changelog.put(key: key, value: value) } else { changelog.remove(key: key) }
        }
    }
}

extension HeldUsage {
    init(_ message: SuspendedUsage, attempts: Int) {
        self.init(
            subscriber: message.subscriber, startMs: message.startMs, attempts: attempts, original: Array(message.original),
            contentType: message.originalContentType, source: message.originalSource, moved: message.hasUsage ? message.usage : nil,
            revision: message.directoryRevision)
    }

    /// As the changelog holds it.
    var entry: [UInt8] {
        let message = SuspendedUsage.with {
            $0.subscriber = subscriber
            $0.startMs = startMs
            $0.original = .init(original)
            $0.originalContentType = contentType
            $0.originalSource = source
            if let moved { $0.usage = moved }
            $0.directoryRevision = revision
        }
        guard let bytes: [UInt8] = try? message.serializedBytes() else { preconditionFailure("a SuspendedUsage can't be encoded") }
        return [UInt8(clamping: attempts)] + bytes
    }
}
