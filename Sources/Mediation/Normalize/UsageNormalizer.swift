import Events
import Pipeline
import Quantities

/// Validates one usage, finds its account, and passes it on or suspends it.
struct UsageNormalizer {
    let directory: DirectoryTable
    let catalogue: MediationCatalogue
    let origin: RawOrigin

    /// 2000-01-01 and 2100-01-01 UTC: usage begins between them.
    private static let earliestMs: Int64 = 946_684_800_000
    private static let latestMs: Int64 = 4_102_444_800_000

    @inline(__always)
    func take(
        _ fields: RawFields, _ mapping: SourceMapping? = nil, index: UInt32 = 0, original: UnsafeRawBufferPointer, into outbox: inout Outbox
    ) {
        withUnsafeTemporaryAllocation(byteCount: Identifier.maximumLength, alignment: 1) { buffer in
            var subscriber = Subscriber(buffer)
            do throws(Suspense) {
                try accept(fields, mapping, index, &subscriber, &outbox)
            } catch {
                outbox.suspend(error, origin, index: index, original: original, subscriber: subscriber)
            }
        }
    }

    private func accept(
        _ fields: RawFields, _ mapping: SourceMapping?, _ index: UInt32, _ subscriber: inout Subscriber, _ outbox: inout Outbox
    ) throws(Suspense) {
        try fields.checkLengths()
        if fields.source.count == 0 {
            throw Suspense(.missingField, field: "source", "who sent it: a record id is unique within a source only")
        }
        if fields.type.count == 0 { throw Suspense(.missingField, field: "type", "the kind of usage is absent") }
        if fields.subscriber.count == 0 { throw Suspense(.missingField, field: "subscriber", "the served subscriber is absent") }
        if fields.quantity.count == 0 { throw Suspense(.missingField, field: "quantity", "the amount is absent") }
        if fields.start.count == 0, fields.startMs == 0 { throw Suspense(.missingField, field: "start", "when it began is absent") }

        guard let specification = catalogue.specification(fields.type) else {
            throw Suspense(.unknownType, field: "type", "no usage specification of the current catalogue")
        }
        guard subscriber.set(fields.subscriber, scheme: mapping?.scheme) else {
            throw Suspense(.badSubscriber, field: "subscriber", "no identifier: scheme:value, or an msisdn of up to 15 digits")
        }
        let startMs = try startMs(fields, mapping)
        subscriber.startMs = startMs

        let quantityMicros = try Measure.micros(fields.quantity, unit: fields.unit, counting: specification.unit)

        let direction = try direction(fields.details.direction)
        if quantityMicros > specification.mostMicros { throw Self.aboveLimit(quantityMicros, specification) }
        if let cameMs = origin.cameMs, specification.aheadMs < startMs - min(cameMs, startMs) { throw Self.farAhead(startMs, cameMs, specification) }
        let served = subscriber.text
        let finding = directory.findFirst(subscriber.key, served, at: startMs) { holder in
            withUnsafeTemporaryAllocation(byteCount: TelephoneNumber.room, alignment: 1) { buffer in
                let other = TelephoneNumber.prepared(fields.otherParty, into: buffer)
                let names = RecordNames(fields, subscriber: served, startMs: startMs, quantityMicros: quantityMicros, otherParty: other)
                specification.bytes.withUnsafeBytes { type in
                    var content = UsageContent(type: type, startMs: startMs, quantityMicros: quantityMicros, otherParty: other)
                    let details = fields.details
                    if details.totalCount > 0 {
                        content.add(
                            direction: UInt64(direction.rawValue), category: details.category, service: details.service, network: details.network,
                            otherNetwork: details.otherNetwork)
                    }
                    let record = UsageRecord(
                        origin: origin, index: index, formerIdentity: names.former,
                        identity: UsageIdentity(record: names.record, subscriber: served, content: content.digest),
                        billsConflicts: mapping?.billsConflicts ?? false, holder: holder, type: type, startMs: startMs,
                        quantityMicros: quantityMicros, unit: specification.unit, served: served, other: other, source: fields.source,
                        details: details, direction: direction)
                    outbox.write(.usageNormalized, key: holder.account, room: record.room) { 0..<record.write(into: $0) }
                }
            }
        }
        switch finding {
        case .found: return
        case .unknown: throw Suspense(.unknownSubscriber, field: "subscriber", "nobody has held this identifier")
        case .notAtTime: throw Suspense(.noSubscriptionAtTime, field: "subscriber", "no subscription held it when the usage began")
        }
    }

    private static func aboveLimit(_ quantityMicros: Int64, _ specification: MediationCatalogue.Specification) -> Suspense {
        var suspense = Suspense(.aboveLimit, field: "quantity", "more than the settings let one usage of its type be: ")
        func text(_ micros: Int64) -> String { "\(DecimalText.format(Int128(micros), decimals: 6)) \(specification.unit.symbol)" }
        suspense.figures = "\(text(quantityMicros)), at most \(text(specification.mostMicros))"
        return suspense
    }

    private static func farAhead(_ startMs: Int64, _ cameMs: Int64, _ specification: MediationCatalogue.Specification) -> Suspense {
        var suspense = Suspense(.farAhead, field: "start", "further ahead of the clock than the settings let usage of its type begin: ")
        suspense.figures = "\(Timestamp(ms: startMs)), at most \(specification.aheadMs / 1000) s after \(Timestamp(ms: cameMs))"
        return suspense
    }

    @inline(__always)
    private func direction(_ text: UnsafeRawBufferPointer) throws(Suspense) -> UsageDirection {
        if text.isEmpty || text.equals("mo") { return .originated }
        if text.equals("mt") { return .terminated }
        if text.equals("forwarded") { return .forwarded }
        throw Suspense(.badDirection, field: "direction", "none of mo, mt and forwarded")
    }

    @inline(__always)
    private func startMs(_ fields: RawFields, _ mapping: SourceMapping?) throws(Suspense) -> Int64 {
        var ms = fields.startMs
        if fields.start.count > 0 {
            guard let time = mapping == nil ? Timestamp(rfc3339: fields.start) : mapping!.startFormat.read(fields.start) else {
                throw Suspense(.badTime, field: "start", "not in the format of its source (RFC 3339 with an offset where none is stated)")
            }
            ms = time.ms
        }
        guard ms >= Self.earliestMs, ms < Self.latestMs else {
            throw Suspense(.badTime, field: "start", "not between the years 2000 and 2100")
        }
        return ms
    }
}

/// The served subscriber and the time, as far as they could be read: a suspended record is found again by them.
struct Subscriber {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var text = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Meaningless while `text` is empty.
    private(set) var key = EventID.none
    var startMs: Int64 = 0

    private static let msisdn = Array("msisdn".utf8)

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    /// False where `raw` is no identifier.
    @inline(__always)
    mutating func set(_ raw: UnsafeRawBufferPointer, scheme: [UInt8]?) -> Bool {
        let buffer = buffer
        let count = (scheme ?? Self.msisdn).withUnsafeBytes { Identifier.normalize(raw, defaultScheme: $0, into: buffer) }
        if count == 0 { return false }
        text = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        key = Identifier.key(ofNormalized: text)
        return true
    }
}
