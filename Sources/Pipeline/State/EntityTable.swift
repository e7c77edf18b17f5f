/// Entities by key, which know which of them changed. Looked up by hash, and walked only in the order in which they first came.
public struct EntityTable<Key: Hashable, Value> {
    private var index: [Key: Int32] = [:]
    private var keys: ContiguousArray<Key> = []
    private var values: ContiguousArray<Value?> = []
    private var isDirty: ContiguousArray<Bool> = []
    private var dirty: ContiguousArray<Int32> = []
    private var free: ContiguousArray<Int32> = []

    public init() {}

    public var count: Int { index.count }

    public func slot(of key: Key) -> Int32? { index[key] }
    public func key(at slot: Int32) -> Key { keys[Int(slot)] }

    public subscript(key: Key) -> Value? { index[key].flatMap { values[Int($0)] } }

    /// Reads the entity in place. Traps where the slot is empty.
    @inline(__always)
    public func read<R>(at slot: Int32, _ body: (borrowing Value) throws -> R) rethrows -> R { try body(values[Int(slot)]!) }

    /// Changes the entity in place and marks it dirty. Traps where the slot is empty.
    @inline(__always)
    public mutating func update<R>(at slot: Int32, _ body: (inout Value) throws -> R) rethrows -> R {
        mark(slot)
        return try body(&values[Int(slot)]!)
    }

    /// Sets the entity; `clean` when it comes from the changelog.
    @discardableResult
    public mutating func set(_ key: Key, _ value: Value, clean: Bool = false) -> Int32 {
        let slot: Int32
        if let known = index[key] {
            slot = known
            values[Int(slot)] = value
        } else if let reused = free.popLast() {
            slot = reused
            keys[Int(slot)] = key
            values[Int(slot)] = value
            index[key] = slot
        } else {
            slot = Int32(values.count)
            keys.append(key)
            values.append(value)
            isDirty.append(false)
            index[key] = slot
        }
        if !clean { mark(slot) }
        return slot
    }

    public mutating func remove(_ key: Key, clean: Bool = false) {
        guard let slot = index.removeValue(forKey: key) else { return }
        values[Int(slot)] = nil
        if clean { free.append(slot) } else { mark(slot) }
    }

    @inline(__always)
    private mutating func mark(_ slot: Int32) {
        if !isDirty[Int(slot)] {
            isDirty[Int(slot)] = true
            dirty.append(slot)
        }
    }

    /// Hands over each changed entity, nil for a removed one, in the order of the first change, and forgets that it changed.
    public mutating func drainDirty(_ body: (Key, borrowing Value?) -> Void) {
        for slot in dirty {
            isDirty[Int(slot)] = false
            body(keys[Int(slot)], values[Int(slot)])
            // A slot whose key came back in another slot meanwhile is free all the same.
            if values[Int(slot)] == nil { free.append(slot) }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    /// Every entity, in an order that depends on history: only for building derived indexes that sort.
    public func forEach(_ body: (Key, borrowing Value) -> Void) {
        for slot in values.indices {
            if let value = values[slot] { body(keys[slot], value) }
        }
    }
}
