import Events
import Pipeline

/// What normalization looks up: the directory, the ticks, and the current catalogue's sources and types.
public struct NormalizeTables: ReferenceTables {
    public private(set) var directory = DirectoryTable()
    public private(set) var ticks = TickTable()
    private var contents: [[UInt8]: MediationCatalogue] = [:]
    private var currentHash: [UInt8]?
    /// The version that the key "current" names; nil until it and its content have been read.
    private(set) var catalogue: MediationCatalogue?

    public init() {}

    /// One version of the catalogue, and a directory that knows nobody.
    init(_ catalogue: MediationCatalogue) { self.catalogue = catalogue }

    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {
        switch topic {
        case .customersDirectory: try directory.apply(record)
        case .clock: try ticks.apply(record)
        case .catalogueContent: try applyCatalogue(record)
        default: preconditionFailure("normalize does not read \(topic.rawValue)")
        }
    }

    private mutating func applyCatalogue(_ record: InputRecord) throws {
        // An old version may be compacted away; what was read of it is as good as before.
        guard let value = record.value else { return }
        let message: CatalogueRecord
        do { message = try CatalogueRecord(serializedBytes: BorrowedBytes(value)) } catch {
            throw CorruptRecord(topic: .catalogueContent, partition: record.partition, offset: record.offset, reason: "no CatalogueRecord")
        }
        switch message.body {
        case .content(let content): contents[Self.hash(record.key)] = MediationCatalogue(content)
        case .current(let marker): currentHash = Array(marker.hash)
        case nil: return
        }
        if let currentHash, let content = contents[currentHash] { catalogue = content }
    }

    /// The key of a content: its SHA-256 as 32 bytes, or as 64 hexadecimal digits.
    private static func hash(_ key: UnsafeRawBufferPointer) -> [UInt8] {
        guard key.count == 64 else { return Array(key) }
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: 64, by: 2) {
            guard let high = JSONScanner.hexDigit(key[at]), let low = JSONScanner.hexDigit(key[at + 1]) else { return Array(key) }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
