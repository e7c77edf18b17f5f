import Events
import Quantities

/// What mediation needs of one version of the catalogue: the types of usage and the sources.
struct MediationCatalogue: Sendable {
    struct Specification: Sendable {
        var type: String
        var bytes: [UInt8]
        var unit: UsageUnit
    }

    let specifications: [Specification]
    let sources: [SourceMapping]

    init(_ content: CatalogueContent) {
        specifications = content.usageSpecifications.map { Specification(type: $0.type, bytes: Array($0.type.utf8), unit: $0.unit) }
        let zones = content.timeZones.compactMap { ZoneRules(id: $0.id, transitions: $0.transitionMs, offsets: $0.offsetSeconds) }
        sources = content.sources.map { SourceMapping($0, zones: zones) }
    }

    @inline(__always)
    func specification(_ type: UnsafeRawBufferPointer) -> Specification? {
        for specification in specifications where type.equals(specification.bytes) { return specification }
        return nil
    }

    func source(_ id: UnsafeRawBufferPointer) -> SourceMapping? { sources.first { id.equals($0.id) } }
}
