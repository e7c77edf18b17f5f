import Events
import Pipeline
import Quantities

/// The raw record that usage comes from, and what its headers say.
struct RawOrigin {
    var partition: Int32
    var offset: Int64
    var id: EventID
    var contentType = UnsafeRawBufferPointer(start: nil, count: 0)
    var source = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The suspended event that this record recycles.
    var recycles: EventID?
    /// How often the usage was recycled by itself.
    var attempts = 0
    /// The later of its timestamp and the last tick before it. What is sent again has a timestamp of its own, that of its copy. Nil without a timestamp.
    var cameMs: Int64?

    @inline(__always)
    init(_ record: InputRecord, _ ticks: borrowing TickTable = TickTable()) {
        if record.timestampMs > 0 { cameMs = max(record.timestampMs, ticks.timeMs(before: record.offset, ofRawPartition: record.partition)) }
        partition = record.partition
        offset = record.offset
        id = EventID(rawPartition: record.partition, offset: record.offset, value: record.value)
        for header in record.headers {
            switch header.name {
            case UsageHeader.contentType: contentType = header.value
            case UsageHeader.source: source = header.value
            case UsageHeader.recycles: recycles = EventID(String(decoding: header.value, as: UTF8.self))
            case UsageHeader.attempts: attempts = Decimal.integer(header.value).map { Int(clamping: max(0, $0)) } ?? 0
            default: break
            }
        }
    }
}

/// The headers of usage.raw, and of usage.suspended where they go with it.
public enum UsageHeader {
    /// application/json, application/x-protobuf, text/csv or text/plain.
    public static let contentType = "content-type"
    /// The source definition that maps the record.
    public static let source = "source"
    /// The id of the suspended event that the record recycles, in hexadecimal.
    public static let recycles = "recycles"
    /// How often the usage was recycled by itself, in decimal digits.
    public static let attempts = "recycle-attempts"
}

/// How a raw record is to be read.
enum RawFormat {
    case protobuf
    /// By a source definition, or as canonical `RawUsage`.
    case json(SourceMapping?)
    case csv(SourceMapping)

    /// By the `content-type` header; without one by the source definition's format; without that it is JSON where the first byte that is no
    /// white space is "{", else protobuf.
    static func of(_ record: InputRecord, _ origin: RawOrigin, _ catalogue: MediationCatalogue) throws(Suspense) -> RawFormat {
        if origin.contentType.count == 0, origin.source.count == 0 {
            if isJSON(record.value) { return .json(nil) }
            if let value = record.value, isText(value), (try? RawUsageProtobuf.read(value)) == nil {
                throw Suspense(.malformed, "neither a JSON object nor protobuf; the header `content-type` says what a record is")
            }
            return .protobuf
        }
        let type = mediaType(origin.contentType)
        if type.equals("application/x-protobuf") || type.equals("application/protobuf") { return .protobuf }
        let isJSON = type.equals("application/json")
        let isText = type.equals("text/csv") || type.equals("text/plain")
        guard isJSON || isText || type.count == 0 else { throw Suspense(.unknownContentType, "no content type that mediation reads") }
        if origin.source.count == 0 {
            if isText { throw Suspense(.unknownSource, "text needs the header `source`") }
            return .json(nil)
        }
        guard let mapping = catalogue.source(origin.source) else {
            throw Suspense(.unknownSource, "the header `source` names no source definition of the current catalogue")
        }
        if let fault = mapping.fault { throw Suspense(.unknownSource, fault) }
        if (isJSON && mapping.format != .json) || (isText && mapping.format != .csv) {
            throw Suspense(.unknownContentType, "the source definition is for another format than the content type says")
        }
        return mapping.format == .json ? .json(mapping) : .csv(mapping)
    }

    /// The type without its parameters.
    private static func mediaType(_ header: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = 0
        while end < header.count, header[end] != UInt8(ascii: ";"), header[end] != 0x20 { end += 1 }
        return header.slice(0..<end)
    }

    /// Protobuf has control characters right at its beginning: the lengths of its texts.
    @inline(__always)
    private static func isText(_ value: UnsafeRawBufferPointer) -> Bool {
        value.prefix(16).allSatisfy { $0 >= 0x20 && $0 < 0x7f || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d } && !value.isEmpty
    }

    @inline(__always)
    private static func isJSON(_ value: UnsafeRawBufferPointer?) -> Bool {
        guard let value else { return false }
        for byte in value {
            switch byte {
            case 0x20, 0x0a, 0x0d, 0x09: continue
            default: return byte == UInt8(ascii: "{")
            }
        }
        return false
    }
}
