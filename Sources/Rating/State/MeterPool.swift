/// The meters of all counters in two flat arrays: runs of 2, 4, 8, … places, each a name's number and a value in millionths. The few values that need more
/// than 64 bits stand in a table beside them.
struct MeterPool {
    /// How many meters one counter can hold.
    static let capacity = 8192
    /// No value reaches it, in either direction: so no sum, product by a percentage or rounding up of them needs more than 128 bits.
    static let end = Int128(1) << 100
    /// Stands in the place of a value that is in `wide`.
    private static let isWide = Int64.min

    private var names: ContiguousArray<UInt32> = []
    private var values: ContiguousArray<Int64> = []
    /// By place. Only looked up.
    private var wide: [Int32: Int128] = [:]
    /// Free runs by class.
    private var free: ContiguousArray<ContiguousArray<Int32>> = ContiguousArray(repeating: [], count: 13)

    /// Nil where it was never set.
    @inline(__always)
    func find(_ name: UInt32, in counter: CounterEntry) -> Int128? {
        var place = Int(counter.meters)
        for _ in 0..<counter.meterCount {
            if names[place] == name { return value(at: place) }
            place &+= 1
        }
        return nil
    }

    @inline(__always)
    mutating func set(_ name: UInt32, _ value: Int128, in counter: inout CounterEntry) {
        var place = Int(counter.meters)
        for _ in 0..<counter.meterCount {
            if names[place] == name { return set(value, at: place) }
            place &+= 1
        }
        append(name, value, in: &counter)
    }

    func meter(_ index: Int, of counter: CounterEntry) -> (name: UInt32, value: Int128) {
        (names[Int(counter.meters) + index], value(at: Int(counter.meters) + index))
    }

    mutating func release(_ counter: inout CounterEntry) {
        if counter.meters >= 0 {
            for index in 0..<Int(counter.meterCount) { set(0, at: Int(counter.meters) + index) }
            free[Int(counter.meterClass)].append(counter.meters)
        }
        counter.meters = -1
        counter.meterCount = 0
    }

    // MARK: Values

    @inline(__always)
    private func value(at place: Int) -> Int128 {
        let short = values[place]
        return short == Self.isWide ? wide[Int32(place)] ?? Int128(short) : Int128(short)
    }

    @inline(__always)
    private mutating func set(_ value: Int128, at place: Int) {
        if let short = Int64(exactly: value), short != Self.isWide, values[place] != Self.isWide { values[place] = short } else { setWide(value, at: place) }
    }

    private mutating func setWide(_ value: Int128, at place: Int) {
        if let short = Int64(exactly: value), short != Self.isWide {
            values[place] = short
            wide[Int32(place)] = nil
        } else {
            values[place] = Self.isWide
            wide[Int32(place)] = value
        }
    }

    private mutating func append(_ name: UInt32, _ value: Int128, in counter: inout CounterEntry) {
        let capacity = counter.meters < 0 ? 0 : 2 << Int(counter.meterClass)
        if Int(counter.meterCount) == capacity {
            let newClass = counter.meters < 0 ? 0 : counter.meterClass + 1
            precondition(newClass < 13, "a counter holds too many meters")
            let run = allocate(newClass)
            for place in 0..<Int(counter.meterCount) {
                names[Int(run) + place] = names[Int(counter.meters) + place]
                set(self.value(at: Int(counter.meters) + place), at: Int(run) + place)
            }
            let count = counter.meterCount
            release(&counter)
            counter.meters = run
            counter.meterClass = newClass
            counter.meterCount = count
        }
        names[Int(counter.meters) + Int(counter.meterCount)] = name
        set(value, at: Int(counter.meters) + Int(counter.meterCount))
        counter.meterCount += 1
    }

    private mutating func allocate(_ size: UInt8) -> Int32 {
        if let run = free[Int(size)].popLast() { return run }
        let run = Int32(names.count)
        names.append(contentsOf: repeatElement(0, count: 2 << Int(size)))
        values.append(contentsOf: repeatElement(0, count: 2 << Int(size)))
        return run
    }
}
