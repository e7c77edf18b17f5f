import Events
import Quantities

/// What mediation needs of one version of the catalogue: the types of usage and the sources.
struct MediationCatalogue: Sendable {
    struct Specification: Sendable {
        var type: String
        var bytes: [UInt8]
        var unit: UsageUnit
        /// The most that one usage can be, and how far ahead it can begin; `Int64.max` where neither is bounded.
        var mostMicros: Int64
        var aheadMs: Int64

        init(_ source: UsageSpecification) {
            type = source.type
            bytes = Array(source.type.utf8)
            unit = source.unit
            mostMicros = source.mostMicros > 0 ? source.mostMicros : Int64.max
            aheadMs = source.aheadMs > 0 ? source.aheadMs : Int64.max
        }
    }

    let specifications: [Specification]
    let sources: [SourceMapping]

    init(_ content: CatalogueContent) {
        specifications = content.usageSpecifications.map(Specification.init)
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
