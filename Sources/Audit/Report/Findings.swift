import Events

/// Collects what is wrong: all of it counted, the first few of each check in words.
struct Findings {
    static let offendersPerCheck = 5

    private(set) var counts = Array(repeating: 0, count: AuditCheck.allCases.count)
    private(set) var offenders: [Offender] = []

    mutating func add(_ check: AuditCheck, _ topic: Topic, _ partition: Int32, _ offset: Int64, _ what: @autoclosure () -> String) {
        let place = AuditCheck.allCases.firstIndex(of: check) ?? 0
        counts[place] += 1
        guard counts[place] <= Self.offendersPerCheck else { return }
        offenders.append(Offender(check: check, topic: topic.rawValue, partition: partition, offset: offset, what: what()))
    }

    var isEmpty: Bool { offenders.isEmpty }
}
