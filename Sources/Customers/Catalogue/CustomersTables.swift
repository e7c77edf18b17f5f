import Events
import Pipeline

/// What commands are checked against: offerings, issuers and time zones of each published version of the catalogue.
public struct CustomersTables: ReferenceTables, Sendable {
    private var versions: [[UInt8]: OfferedCatalogue] = [:]

    public init() {}

    func version(_ hash: [UInt8]) -> OfferedCatalogue? { versions[hash] }

    public mutating func apply(_ topic: Topic, _ record: InputRecord) throws {
        func corrupt(_ reason: String) -> CorruptRecord {
            CorruptRecord(topic: topic, partition: record.partition, offset: record.offset, reason: reason)
        }
        guard let value = record.value else {
            if let hash = Self.hash(record.key) { versions[hash] = nil }
            return
        }
        guard let message = try? CatalogueRecord(serializedBytes: BorrowedBytes(value)) else { throw corrupt("no CatalogueRecord") }
        guard case .content(let content)? = message.body else { return }
        guard let hash = Self.hash(record.key) else { throw corrupt("its key is no hash") }
        versions[hash] = OfferedCatalogue(content)
    }

    /// The key's 32 bytes, or what its 64 hexadecimal digits say.
    private static func hash(_ key: UnsafeRawBufferPointer) -> [UInt8]? {
        if key.count == 32 { return Array(key) }
        guard key.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let high = Character(UnicodeScalar(key[place])).hexDigitValue, let low = Character(UnicodeScalar(key[place + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

/// One version, as far as commands need it.
struct OfferedCatalogue: Sendable {
    /// The currency of each offering by id.
    private(set) var currencies: [String: String] = [:]
    /// The tax categories of each issuer by id.
    private(set) var taxCategories: [String: Set<String>] = [:]
    private(set) var timeZones: Set<String> = []
    /// Offerings that are not sold, and why.
    private(set) var unsold: [String: OfferingStatus] = [:]
    /// Offerings of which a version bills or rejects what is used after a subscription's end.
    private(set) var followingEnds: Set<String> = []
    private(set) var addons: Set<String> = []

    init(_ content: CatalogueContent) {
        for offering in content.offerings {
            currencies[offering.id] = offering.currency
            if offering.kind == .addon { addons.insert(offering.id) }
            if offering.status != .launched { unsold[offering.id] = offering.status }
            if offering.versions.contains(where: { $0.whenEnded != .suspend }) { followingEnds.insert(offering.id) }
        }
        for issuer in content.issuers { taxCategories[issuer.id] = Set(issuer.taxes.map(\.category)) }
        for zone in content.timeZones { timeZones.insert(zone.id) }
    }
}
