import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// Sends a scenario's items to the log, as probes, the clock and the command line do in production.
struct ScenarioPublisher {
    private let items: [Scenario.Item]
    private let log: InMemoryLog
    private var next = 0
    private var tickSequence: Int64 = 0

    init(_ scenario: Scenario, _ log: InMemoryLog) {
        items = scenario.items
        end = max(0, scenario.items.count - 1)
        self.log = log
        // Whatever is published has a time, as on a broker.
        if log.nowMs == 0 { log.nowMs = ScenarioBuilder.start }
        // A run may go on from a log that has ticks already.
        tickSequence = Int64(log.offsets(inPartition: 0, of: .clock).count)
    }

    /// The last item is held back until `release`.
    private var end: Int

    var isDone: Bool { next >= end }

    mutating func release() { end = items.count }

    mutating func publish(_ count: Int) -> Bool {
        if isDone { return false }
        for _ in 0..<count where !isDone {
            publish(items[next])
            next += 1
        }
        return true
    }

    private mutating func publish(_ item: Scenario.Item) {
        switch item {
        case .catalogue(let content, let name): publish(content, name)
        case .command(let command):
            append(command, .customersCommands, key: "")
        case .raw(let partition, let value, let contentType):
            let headers = contentType.map { [(name: "content-type", value: Array($0.utf8))] } ?? []
            log.append(.usageRaw, partition: Int32(partition) % log.partitionCount(of: .usageRaw), key: [], value: value, headers: headers)
        case .signal(let signal): publish(signal)
        case .tick(let timeMs):
            log.nowMs = timeMs
            tickSequence += 1
            var tick = Tick()
            tick.meta = Meta(cause: .none, stage: 0, ordinal: UInt64(tickSequence), engine: Engine.version)
            tick.sequence = tickSequence
            tick.timeMs = timeMs
            tick.rawEndOffsets = (0..<log.partitionCount(of: .usageRaw)).map { log.end(of: .usageRaw, partition: $0) }
            append(tick, .clock, key: "")
        }
    }

    /// The content, and its marker in every partition of usage.normalized.
    private func publish(_ content: CatalogueContent, _ name: String) {
        var sha = MultisetDigest()
        bytes(of: content).withUnsafeBytes { sha.add($0) }
        var marker = NormalizedRecord()
        marker.catalogue.name = name
        // Of one member, the digest is its SHA-256.
        marker.catalogue.hash.append(contentsOf: sha.bytes)
        var record = CatalogueRecord()
        record.content = content
        append(record, .catalogueContent, key: Hex.string(sha.bytes))
        record.current = marker.catalogue
        append(record, .catalogueContent, key: "current")
        var command = CustomerCommand()
        command.commandID = "catalogue-" + name
        command.catalogue = marker.catalogue
        append(command, .customersCommands, key: "")
        var cause = SipHash128()
        cause.combine(text: Hex.string(sha.bytes))
        let id = cause.finish()
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            marker.meta = Meta(cause: id, stage: 0, ordinal: UInt64(partition), engine: Engine.version)
            log.append(.usageNormalized, partition: partition, key: [], value: bytes(of: marker))
        }
    }

    private func publish(_ signal: PriceSignal) {
        var record = NormalizedRecord()
        record.priceSignal = signal
        var cause = SipHash128()
        cause.combine(text: signal.name)
        cause.combine(UInt64(next))
        let id = cause.finish()
        for partition in 0..<log.partitionCount(of: .usageNormalized) {
            record.meta = Meta(cause: id, stage: 0, ordinal: UInt64(partition), engine: Engine.version)
            log.append(.usageNormalized, partition: partition, key: [], value: bytes(of: record))
        }
    }

    private func append(_ message: some Message, _ topic: Topic, key: String) {
        log.append(topic, partition: 0, key: Array(key.utf8), value: bytes(of: message))
    }

    private func bytes(of message: some Message) -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        // Our own messages have neither required fields nor Any: they always encode.
        return (try? message.serializedBytes(options: options)) ?? []
    }
}
