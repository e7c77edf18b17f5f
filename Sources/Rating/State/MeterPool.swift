/// The meters of all counters in two flat arrays: runs of 2, 4, 8, … places, each a name's number and a value in millionths.
struct MeterPool {
    /// How many meters one counter can hold.
    static let capacity = 8192

    private var names: ContiguousArray<UInt32> = []
    private var values: ContiguousArray<Int64> = []
    /// Free runs by class.
    private var free: ContiguousArray<ContiguousArray<Int32>> = ContiguousArray(repeating: [], count: 13)

    /// Nil where it was never set.
    @inline(__always)
    func find(_ name: UInt32, in counter: CounterEntry) -> Int64? {
        var place = Int(counter.meters)
        for _ in 0..<counter.meterCount {
            if names[place] == name { return values[place] }
            place &+= 1
        }
        return nil
    }

    @inline(__always)
    mutating func set(_ name: UInt32, _ value: Int64, in counter: inout CounterEntry) {
        var place = Int(counter.meters)
        for _ in 0..<counter.meterCount {
            if names[place] == name {
                values[place] = value
                return
            }
            place &+= 1
        }
        append(name, value, in: &counter)
    }

    func meter(_ index: Int, of counter: CounterEntry) -> (name: UInt32, value: Int64) {
        (names[Int(counter.meters) + index], values[Int(counter.meters) + index])
    }

    mutating func release(_ counter: inout CounterEntry) {
        if counter.meters >= 0 { free[Int(counter.meterClass)].append(counter.meters) }
        counter.meters = -1
        counter.meterCount = 0
    }

    private mutating func append(_ name: UInt32, _ value: Int64, in counter: inout CounterEntry) {
        let capacity = counter.meters < 0 ? 0 : 2 << Int(counter.meterClass)
        if Int(counter.meterCount) == capacity {
            let newClass = counter.meters < 0 ? 0 : counter.meterClass + 1
            precondition(newClass < 13, "a counter holds too many meters")
            let run = allocate(newClass)
            for place in 0..<Int(counter.meterCount) {
                names[Int(run) + place] = names[Int(counter.meters) + place]
                values[Int(run) + place] = values[Int(counter.meters) + place]
            }
            if counter.meters >= 0 { free[Int(counter.meterClass)].append(counter.meters) }
            counter.meters = run
            counter.meterClass = newClass
        }
        names[Int(counter.meters) + Int(counter.meterCount)] = name
        values[Int(counter.meters) + Int(counter.meterCount)] = value
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
