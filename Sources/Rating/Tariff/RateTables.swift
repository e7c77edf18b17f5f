import Events
import Pipeline
import SwiftProtobuf

/// The published versions of the catalogue by hash. A version is used only after its marker came through the partition.
public struct RateTables: ReferenceTables {
    private var versions: ContiguousArray<Tariff> = []
    private var places: [CatalogueHash: Int] = [:]

    public init() {}

    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {
        // Content is named by its hash: a tombstone or the key "current" says nothing new about it.
        guard topic == .catalogueContent, let value = record.value, let hash = CatalogueHash(record.key), places[hash] == nil else { return }
        func corrupt(_ reason: String) -> CorruptRecord {
            CorruptRecord(topic: topic, partition: record.partition, offset: record.offset, reason: reason)
        }
        guard let message = try? CatalogueRecord(serializedBytes: BorrowedBytes(value)), case .content(let content)? = message.body else {
            throw corrupt("no catalogue content")
        }
        do throws(TariffError) {
            versions.append(try Tariff(content, hash: hash))
        } catch {
            throw corrupt("catalogue \(hash): \(error.reason)")
        }
        places[hash] = versions.count - 1
    }

    /// Adds a version that did not come from the log.
    mutating func add(_ tariff: Tariff) {
        versions.append(tariff)
        places[tariff.hash] = versions.count - 1
    }

    func tariff(_ hash: CatalogueHash) -> Tariff? { places[hash].map { versions[$0] } }

    /// The version whose hash begins so, as rated usage names it.
    func tariff(short: UInt64) -> Tariff? { versions.first { $0.hash.short == short } }
}
