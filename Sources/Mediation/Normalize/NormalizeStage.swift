import Events
import Pipeline
import Quantities

/// Mediation: reads what the network says in each source's own format, validates it, finds the account, and passes it on by account.
///
/// Each usage in a raw record has one outcome: it stands in `usage.normalized`, or in `usage.suspended` with a reason and its original.
public struct NormalizeStage: Stage {
    public typealias State = NormalizeState
    public typealias Tables = NormalizeTables

    public static let name = StageName.normalize
    public static let input = Topic.usageRaw
    public static let tableTopics: [Topic] = [.clock, .customersDirectory, .catalogueContent]
    public static let outputs: [Topic] = [.usageNormalized, .usageSuspended]
    public static let changelog: Topic? = .stateNormalize
    public static let readsHeaders = true

    public init() {}

    public func step(_ record: InputRecord, tables: NormalizeTables, state: inout NormalizeState, outbox: inout Outbox) throws -> StepResult
    {
        guard let catalogue = tables.catalogue else { return .waiting("a published catalogue") }
        let origin = RawOrigin(record, tables.ticks)
        guard let value = record.value else {
            outbox.suspend(Suspense(.nullValue, "the record has no value"), origin, original: nil)
            return .done
        }
        do throws(Suspense) {
            switch try RawFormat.of(record, origin, catalogue) {
            case .protobuf:
                if value.count > MediationLimits.recordBytes { throw Suspense(.tooLarge, "a record above 1,000,000 bytes") }
                let fields = try RawUsageProtobuf.read(value)
                UsageNormalizer(directory: tables.directory, catalogue: catalogue, origin: origin).take(
                    fields, original: value, into: &outbox)
            case .json(let mapping):
                if value.count > MediationLimits.recordBytes { throw Suspense(.tooLarge, "a record above 1,000,000 bytes") }
                takeJSON(value, mapping, UsageNormalizer(directory: tables.directory, catalogue: catalogue, origin: origin), &outbox)
            case .csv(let mapping):
                return takeLines(
                    value, mapping, UsageNormalizer(directory: tables.directory, catalogue: catalogue, origin: origin), &state, &outbox)
            }
        } catch {
            // A block that lost its source definition between two steps: the rest of it is suspended as one.
            let rest = state.block.flatMap { $0.offset == record.offset ? $0 : nil }
            outbox.suspend(error, origin, index: rest?.index ?? 0, original: value.slice((rest?.byte ?? 0)..<value.count))
            state.set(block: nil)
        }
        return .done
    }

    private func takeJSON(_ value: UnsafeRawBufferPointer, _ mapping: SourceMapping?, _ normalizer: UsageNormalizer, _ outbox: inout Outbox)
    {
        // Only escapes and constants need room of their own. A mapping may read one value for each of its fields.
        let times = mapping?.placeCount ?? 1
        let room = (value.contains(UInt8(ascii: "\\")) ? times * value.count : 0) + (mapping?.constants.count ?? 0)
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { buffer in
            var scratch = Scratch(buffer)
            do throws(Suspense) {
                if let mapping {
                    let constants = scratch.append(mapping.constants)
                    let fields = try mapping.fields(ofJSON: value, constants: constants, &scratch)
                    normalizer.take(fields, mapping, original: value, into: &outbox)
                } else {
                    let fields = try RawUsageJSON.read(value, &scratch)
                    normalizer.take(fields, original: value, into: &outbox)
                }
            } catch {
                outbox.suspend(error, normalizer.origin, original: value)
            }
        }
    }
}
