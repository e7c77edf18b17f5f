import Events
import Pipeline
import Quantities

extension AuditRun {
    /// Notes which raw records there are, and which of them were recycled.
    mutating func readRaw() throws {
        let log = log
        for partition in cut.partitions(of: .usageRaw) {
            let range = cut.range(of: .usageRaw, partition)
            let end = min(cut.position(of: .normalize, partition), range.upperBound)
            fates.append(RawFates(first: range.lowerBound, end: end))
            var count: Int64 = 0
            try log.read(.usageRaw, partition: partition, range) { record in
                count += 1
                if count % 100_000 == 0 { progress(.usageRaw, count) }
                if record.offset < end {
                    let id = EventID(rawPartition: partition, offset: record.offset, value: record.value)
                    fates[Int(partition)].stand(record.offset, print: Self.print(id))
                } else {
                    report.usage.awaitingNormalize += 1
                }
                noteRecycled(record)
                return true
            }
            report.usage.received += count
            progress(.usageRaw, count)
        }
    }

    /// A record answers one suspended usage; one that an earlier build sent by hand, all those of its block.
    private mutating func noteRecycled(_ record: InputRecord) {
        let answered = record.headers.filter { $0.name == "recycles" }
        if answered.isEmpty { return }
        report.usage.recycled += 1
        for header in answered {
            guard let id = EventID(String(decoding: header.value, as: UTF8.self)) else {
                findings.add(.recycling, .usageRaw, record.partition, record.offset, "recycles what is no event id")
                continue
            }
            if !self.suspended.recycle(id, .usageRaw, partition: record.partition, offset: record.offset) {
                findings.add(.recycling, .usageRaw, record.partition, record.offset, "recycles event \(id) a second time")
            }
        }
    }

    /// 32 bits are enough to see that bytes were altered: they would be missed once in four billion.
    static func print(_ id: EventID) -> UInt32 { UInt32(truncatingIfNeeded: id.high) }

    /// A fate of a raw record's usage stands at `record` of `topic`.
    mutating func mark(_ raw: RawPosition, cause: EventID, _ topic: Topic, _ record: InputRecord) {
        mark(raw, cause: cause, topic, record.partition, record.offset)
    }

    mutating func mark(_ raw: RawPosition, cause: EventID, _ topic: Topic, _ partition: Int32, _ offset: Int64) {
        guard raw.partition < fates.count else {
            findings.add(.rawFates, topic, partition, offset, "names a partition that usage.raw does not have")
            return
        }
        switch fates[Int(raw.partition)].mark(raw.offset, index: raw.index, print: Self.print(cause)) {
        case .marked, .inFlight: break
        case .expired: report.usage.expired += 1
        case .twice: findings.add(.rawFates, topic, partition, offset, "is a second fate of raw record \(raw.text)")
        case .noRecord: findings.add(.rawFates, topic, partition, offset, "names raw record \(raw.text), which is not there")
        case .otherBytes:
            findings.add(.rawContent, topic, partition, offset, "was not made of the bytes that stand at raw record \(raw.text)")
        }
    }

    mutating func finishRaw() {
        for (partition, fates) in fates.enumerated() {
            for offset in fates.first..<fates.end {
                switch fates.gap(offset) {
                case .none: break
                case .noFate: findings.add(.rawFates, .usageRaw, Int32(partition), offset, "was read by normalize and has no fate")
                case .hole(let index):
                    findings.add(.rawFates, .usageRaw, Int32(partition), offset, "holds usage \(index), which has no fate")
                }
            }
        }
    }
}
