import Events
import Pipeline
import Quantities

/// The originals of the usages in a raw record: each one's own bytes, as where mediation suspends it.
///
/// Rating suspends a usage without them, and a block of text holds many. They are found by mediation itself, with a directory that knows nobody, so that
/// all that can be read is suspended with its original; by the catalogue in force, or an earlier version where a source has been described otherwise since.
public struct RawOriginals {
    /// The latest version first.
    private var versions: [NormalizeTables] = []

    public init(_ log: some ReadableLog) throws {
        var versions: [NormalizeTables] = []
        try log.read(.catalogueContent, partition: 0, try log.offsets(of: .catalogueContent, partition: 0)) { record in
            guard let value = record.value, case .content(let content)? = try CatalogueRecord(serializedBytes: BorrowedBytes(value)).body else { return true }
            versions.append(NormalizeTables(MediationCatalogue(content)))
            return true
        }
        self.versions = versions.reversed()
    }

    /// The originals of those of `usages` that can be told by their place in the record, their subscriber and their start; by their place.
    public func find(_ usages: [Usage], in record: InputRecord) throws -> [UInt32: [UInt8]] {
        var missing = Dictionary(usages.map { ($0.rawIndex, $0) }, uniquingKeysWith: { $1 })
        var found: [UInt32: [UInt8]] = [:]
        for tables in versions where !missing.isEmpty {
            var state = NormalizeState(partition: record.partition)
            var outbox = Outbox()
            var result = StepResult.again
            while result == .again {
                result = try NormalizeStage().step(record, tables: tables, state: &state, outbox: &outbox)
                for entry in outbox.entries where entry.topic == .usageSuspended {
                    guard let value = entry.value else { continue }
                    let suspended = try SuspendedUsage(serializedBytes: Array(outbox.bytes[value]))
                    guard let usage = missing[suspended.rawIndex], suspended.subscriber == usage.parties.served, suspended.startMs == usage.startMs
                    else { continue }
                    found[suspended.rawIndex] = Array(suspended.original)
                    missing[suspended.rawIndex] = nil
                }
                outbox.removeAll()
            }
        }
        return found
    }
}
