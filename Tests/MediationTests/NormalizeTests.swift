import Events
import Mediation
import Pipeline
import Quantities
import Testing

@Suite("Normalize")
struct NormalizeTests {
    @Test("passes a valid usage on, with its account, exact quantity and provenance")
    func valid() throws {
        var mediator = Mediator()
        mediator.step(RawUsage.call.wire, contentType: "application/x-protobuf")
        let emitted = mediator.take()
        let (partition, key, record) = try #require(emitted.normalized.first)
        #expect(emitted.suspended.isEmpty)
        #expect(partition == nil && key == "a1")
        let id = RawUsage.call.wire.withUnsafeBytes { EventID(rawPartition: 3, offset: 0, value: $0) }
        #expect(record.meta.id == EventID(cause: id, stage: 2, ordinal: 0))
        #expect(record.meta.cause == id)
        #expect(record.meta.moreCauses.map(\.id) == [EventID(high: 5, low: 6)])
        #expect(record.meta.engine == Engine.version)
        let usage = try #require(emitted.usages.first)
        #expect([usage.account, usage.subscription, usage.type, usage.source] == ["a1", "s1", "voice", "msc-1"])
        #expect(usage.quantityMicros == 62_500_000 && usage.unit == .second)
        #expect(usage.startMs == Timestamp(rfc3339: "2026-10-05T10:30:00Z")!.ms)
        #expect([Int64(usage.rawPartition), usage.rawOffset, Int64(usage.rawIndex)] == [3, 0, 0])
        #expect(usage.parties.served == "msisdn:420601000001" && usage.parties.other == "420777000111")
    }

    @Test("reads the same usage from protobuf, JSON, and either without a content type")
    func encodings() throws {
        var seen: [Usage] = []
        for (value, type) in [
            (RawUsage.call.wire, "application/x-protobuf"), (RawUsage.call.wire, nil), (RawUsage.call.json, "application/json; charset=utf-8"),
            (Array(" \r\n\t".utf8) + RawUsage.call.json, nil),
        ] {
            var mediator = Mediator()
            mediator.step(value, contentType: type)
            seen.append(try #require(mediator.take().usages.first))
        }
        #expect(seen.allSatisfy { $0 == seen[0] })
    }

    @Test("writes the bytes that swift-protobuf would write")
    func bytes() throws {
        let raws = [
            RawUsage.call, RawUsage.call.with { $0.otherParty = "" }, RawUsage.call.with { $0.quantity = "0" },
            RawUsage.call.with { $0.source = String(repeating: "s", count: 700) }, RawUsage.call.with { $0.otherParty = String(repeating: "ž", count: 90) },
        ]
        for (raw, headers) in raws.flatMap({ [($0, [:]), ($0, ["recycles": EventID(high: 8, low: 9).description])] }) {
            var mediator = Mediator()
            mediator.step(raw.wire, headers: headers)
            let bytes = Array(mediator.outbox.bytes[try #require(mediator.outbox.entries.first?.value)])
            let record = try NormalizedRecord(serializedBytes: bytes)
            #expect(record.unknownFields.data.isEmpty && record.usage.unknownFields.data.isEmpty)
            #expect(record.wire == bytes)
            #expect(record.meta.moreCauses.count == 1 + headers.count)
        }
    }

    /// (what is changed in a valid call, the reason)
    typealias Refusal = (String, @Sendable (inout RawUsage) -> Void, SuspenseReason)

    static let refusals: [Refusal] = [
        ("no source", { $0.source = "" }, .missingField),
        ("no type", { $0.type = "" }, .missingField),
        ("no subscriber", { $0.subscriber = "" }, .missingField),
        ("no start", { $0.start = "" }, .missingField),
        ("no quantity", { $0.quantity = "" }, .missingField),
        ("type of no specification", { $0.type = "fax" }, .unknownType),
        ("type in capitals", { $0.type = "VOICE" }, .unknownType),
        ("subscriber with a space", { $0.subscriber = "420 601" }, .badSubscriber),
        ("start without an offset", { $0.start = "2026-10-05T12:30:00" }, .badTime),
        ("start on no day", { $0.start = "2026-02-30T12:30:00Z" }, .badTime),
        ("start in 1999", { $0.start = "1999-12-31T23:59:59.999Z" }, .badTime),
        ("start in 2100", { $0.start = "2100-01-01T00:00:00Z" }, .badTime),
        ("start_ms before all time", { $0.start = ""; $0.startMs = .min }, .badTime),
        ("start_ms after all time", { $0.start = ""; $0.startMs = .max }, .badTime),
        ("negative", { $0.quantity = "-1" }, .badQuantity),
        ("exponent", { $0.quantity = "1e3" }, .badQuantity),
        ("words", { $0.quantity = "NaN" }, .badQuantity),
        ("seven decimals", { $0.quantity = "1.0000001" }, .badQuantity),
        ("no whole millionths after conversion", { $0.quantity = "0.00000001"; $0.unit = "min" }, .badQuantity),
        ("above 10^9 s", { $0.quantity = "1000000000.000001" }, .badQuantity),
        ("above 10^9 s in hours", { $0.quantity = "277778"; $0.unit = "h" }, .badQuantity),
        ("above 10^12 B", { $0.type = "data"; $0.quantity = "1000.000000001"; $0.unit = "GB" }, .badQuantity),
        ("above 10^9 events", { $0.type = "sms"; $0.quantity = "1000000001" }, .badQuantity),
        ("beyond 128 bits", { $0.quantity = String(repeating: "9", count: 39) }, .badQuantity),
        ("a long row of digits", { $0.quantity = String(repeating: "9", count: 1000) }, .badQuantity),
        ("unknown unit", { $0.unit = "parsec" }, .badUnit),
        ("unit of another type", { $0.unit = "MB" }, .badUnit),
        ("a stranger", { $0.subscriber = "420999" }, .unknownSubscriber),
        ("an identifier with no holder", { $0.subscriber = "420601000002" }, .unknownSubscriber),
        ("before it was held", { $0.start = "2026-09-30T23:59:59.999Z" }, .noSubscriptionAtTime),
        ("when it was held no longer", { $0.subscriber = "user:1004"; $0.start = "2026-10-02T00:00:00Z" }, .noSubscriptionAtTime),
        ("a field above 1,000 bytes", { $0.recordID = String(repeating: "x", count: 1001) }, .tooLarge),
        ("a record above 1,000,000 bytes", { $0.recordID = String(repeating: "x", count: 5_000_000) }, .tooLarge),
    ]

    @Test("suspends what is wrong with its reason and its original, in either encoding", arguments: refusals.indices)
    func refused(index: Int) throws {
        let (what, change, reason) = Self.refusals[index]
        let raw = RawUsage.call.with(change)
        for (value, type) in [(raw.wire, "application/x-protobuf"), (raw.json, "application/json")] {
            var mediator = Mediator()
            mediator.step(value, contentType: type)
            let emitted = mediator.take()
            #expect(emitted.normalized.isEmpty, "\(what)")
            #expect(emitted.reasons == [reason.rawValue], "\(what), \(type)")
            let record = try #require(emitted.suspended.first).record
            #expect(Array(record.original) == value, "\(what)")
            #expect(record.originalContentType == type && !record.originalWasNull, "\(what)")
            #expect(record.stage == "normalize" && record.rawPartition == 3 && record.rawOffset == 0 && !record.detail.isEmpty)
        }
    }

    @Test(
        "says of text without a content type that it is neither JSON nor protobuf, and takes no protobuf for text",
        arguments: ["not json at all", "[{\"source\":\"msc-1\"}]", "\"a string\"", "hello", "42"])
    func textWithoutContentType(_ text: String) throws {
        var mediator = Mediator()
        mediator.step(Array(text.utf8))
        let record = try #require(mediator.take().suspended.first).record
        #expect(record.reason == "malformed" && record.detail.hasPrefix("neither a JSON object nor protobuf"), "\(record.detail)")
        // A text field whose length is a printable character comes first: still protobuf.
        let long = RawUsage.call.with { $0.source = ""; $0.stream = ""; $0.recordID = String(repeating: "r", count: 40) }
        mediator.step(long.wire)
        #expect(mediator.take().reasons == ["missing-field"])
    }

    /// (value, content type, source, reason)
    static let damages: [(String, [UInt8]?, String?, String?, SuspenseReason)] = [
        ("null", nil, nil, nil, .nullValue),
        ("nothing as protobuf", [], nil, nil, .missingField),
        ("nothing as JSON", [], "application/json", nil, .malformed),
        ("XML", Array("<a/>".utf8), "text/xml", nil, .unknownContentType),
        ("text without a source", Array("1".utf8), "text/csv", nil, .unknownSource),
        ("a source that is not there", Array("1".utf8), "text/csv", "nowhere", .unknownSource),
        ("a source definition at fault", Array("1".utf8), "text/csv", "broken", .unknownSource),
        ("JSON for a csv source", Array("{}".utf8), "application/json", "calls", .unknownContentType),
        ("JSON cut short", Array(RawUsage.call.json.dropLast()), nil, nil, .malformed),
        ("JSON and more", RawUsage.call.json + [UInt8(ascii: "1")], nil, nil, .malformed),
        ("protobuf cut short", Array(RawUsage.call.wire.dropLast()), nil, nil, .malformed),
        ("a number for a string", Array(#"{"quantity":62.5}"#.utf8), nil, nil, .malformed),
        ("a string for a number", Array(#"{"startMs":"soon"}"#.utf8), nil, nil, .malformed),
        ("a number of 65 bits", Array(#"{"startMs":9223372036854775808}"#.utf8), nil, nil, .malformed),
        ("a field twice", Array(#"{"quantity":"1","quantity":"2"}"#.utf8), nil, nil, .malformed),
        ("a field twice in two spellings", Array(#"{"recordId":"1","record_id":"1"}"#.utf8), nil, nil, .malformed),
        ("invalid UTF-8 in JSON", Array("{\"source\":\"".utf8) + [0xff] + Array("\"}".utf8), nil, nil, .malformed),
        ("invalid UTF-8 in protobuf", [0x0a, 0x01, 0xff], nil, nil, .malformed),
        ("deep nesting", Array(#"{"x":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 900_000), nil, nil, .malformed),
        ("an array", Array("[]".utf8), "application/json", nil, .malformed),
        ("half a surrogate pair", Array(#"{"source":"\ud800"}"#.utf8), nil, nil, .malformed),
        ("a csv block without a line", Array("\r\n\n".utf8), "text/csv", "calls", .noUsage),
    ]

    @Test("suspends what can't be read", arguments: damages.indices)
    func unreadable(index: Int) throws {
        let (what, value, type, source, reason) = Self.damages[index]
        var mediator = Mediator()
        #expect(mediator.step(value, contentType: type, source: source) == [.done])
        let emitted = mediator.take()
        #expect(emitted.normalized.isEmpty && emitted.reasons == [reason.rawValue], "\(what): \(emitted.reasons)")
        let (key, record) = try #require(emitted.suspended.first)
        #expect(key == "3/0")
        #expect(record.originalWasNull == (value == nil))
        let original: [UInt8] = value ?? []
        #expect(Array(record.original) == original, "\(what)")
        let (expectedType, expectedSource) = (type ?? "", source ?? "")
        #expect(record.originalContentType == expectedType && record.originalSource == expectedSource)
    }

    @Test(
        "keeps quantities exact",
        arguments: [
            ("voice", "0", "", 0), ("voice", "0.000000", "", 0), ("voice", "62.5", "s", 62_500_000), ("voice", "8.87", "min", 532_200_000),
            ("voice", "1.50000000000", "h", 5_400_000_000), ("data", "1", "", 1_000_000), ("data", "0.0000005", "GB", 500_000_000),
            ("data", "1", "KiB", 1_024_000_000), ("data", "442.24", "MB", 442_240_000_000_000), ("data", "1000", "GB", 1_000_000_000_000_000_000),
            ("data", "1", "MiB", 1_048_576_000_000), ("data", "0.5", "GiB", 536_870_912_000_000), ("data", "3", "kB", 3_000_000_000),
            ("sms", "1", "event", 1_000_000), ("sms", "1000000000", "", 1_000_000_000_000_000), ("voice", "000000000000000000000001", "", 1_000_000),
        ] as [(String, String, String, Int64)])
    func quantities(type: String, quantity: String, unit: String, micros: Int64) throws {
        var mediator = Mediator()
        mediator.step(RawUsage.call.with { $0.type = type; $0.quantity = quantity; $0.unit = unit }.wire)
        let emitted = mediator.take()
        #expect(emitted.usages.first?.quantityMicros == micros, "\(emitted.reasons)")
    }

    @Test("identifies usage by source, stream and record id, else by content")
    func identity() throws {
        func identity(_ change: (inout RawUsage) -> Void) throws -> [UInt64] {
            var mediator = Mediator()
            mediator.step(RawUsage.call.with(change).wire)
            let usage = try #require(mediator.take().usages.first)
            return [usage.identityHigh, usage.identityLow]
        }
        let named = try identity { _ in }
        // With an id nothing else counts: a corrected record is the same usage.
        let corrected = try identity { $0.quantity = "70"; $0.otherParty = "1" }
        #expect(corrected == named)
        let ids: [(inout RawUsage) -> Void] = [
            { $0.stream = "messages" }, { $0.source = "msc-2" }, { $0.recordID = "r2" },
            // The parts can't run into each other.
            { $0.source = "ab"; $0.stream = "c" }, { $0.source = "a"; $0.stream = "bc" },
        ]
        let different = try ids.map { try identity($0) } + [named]
        #expect(Set(different).count == different.count)
        let unnamed = try identity { $0.recordID = "" }
        #expect(unnamed != named)
        let respelled = try identity {
            $0.recordID = ""
            $0.subscriber = "00420601000001"
            $0.quantity = "62.500"
            $0.otherParty = "00420777000111"
        }
        #expect(respelled == unnamed)
        let others: [(inout RawUsage) -> Void] = [
            { $0.quantity = "62.6" }, { $0.start = "2026-10-05T12:30:00.001+02:00" }, { $0.otherParty = "+420777000112" }, { $0.stream = "x" },
            { $0.source = "x" },
        ]
        for change in others {
            let other = try identity { $0.recordID = ""; change(&$0) }
            #expect(other != unnamed)
        }
    }

    @Test(
        "the other party is one number however it is written; what may be none stays as it came",
        arguments: [
            ("+420777123456", "420777123456"), ("00420777123456", "420777123456"), ("+420 777 123 456", "420777123456"), ("420-777-123-456", "420777123456"),
            ("a b c", "a b c"), ("800-FLOWERS", "800-FLOWERS"), ("112", "112"), ("sip:+420777123456@host", "sip:+420777123456@host"), ("10.0.0.1", "10.0.0.1"),
        ])
    func otherParty(raw: String, expected: String) throws {
        var mediator = Mediator()
        mediator.step(RawUsage.call.with { $0.otherParty = raw; $0.subscriber = "+420 601 000 001" }.wire)
        let usage = try #require(mediator.take().usages.first)
        #expect(usage.parties.other == expected && usage.parties.served == "msisdn:420601000001")
    }

    @Test("quantities are read for a quote as those of usage are, and refused for the same reasons")
    func statedQuantities() throws {
        for (text, unit, type) in [("62.5 s", "s", "voice"), ("1.5 h", "h", "voice"), ("15 MiB", "MiB", "data"), ("2", "", "sms"), ("0.5 TB", "TB", "data")] {
            var mediator = Mediator()
            let quantity = String(text.split(separator: " ")[0])
            mediator.step(RawUsage.call.with { $0.type = type; $0.quantity = quantity; $0.unit = unit }.wire)
            let usage = try #require(mediator.take().usages.first)
            #expect(try StatedQuantity.micros(text, counting: usage.unit) == usage.quantityMicros)
        }
        for (text, unit) in [("-1", ""), ("+1", ""), ("1e3", ""), ("1", "MB"), ("1", "parsec"), ("0.0000001", ""), ("1000000001", "s"), ("", "")] {
            var mediator = Mediator()
            mediator.step(RawUsage.call.with { $0.quantity = text.isEmpty ? "x" : text; $0.unit = unit }.wire)
            let suspended = try #require(mediator.take().suspended.first).record
            let fault = #expect(throws: Suspense.self) { try StatedQuantity.micros(text, unit: unit, counting: .second) }
            #expect(fault?.reason.rawValue == suspended.reason && fault?.detail == suspended.detail, "\(text) \(unit)")
        }
    }

    @Test("waits for a catalogue, changing nothing")
    func waits() {
        var mediator = Mediator(withCatalogue: false)
        #expect(mediator.step(RawUsage.call.wire) == [.waiting("a published catalogue")])
        #expect(mediator.outbox.isEmpty)
        mediator.publish(Mediator.catalogue)
        #expect(mediator.step(RawUsage.call.wire) == [.done])
        #expect(mediator.take().usages.count == 1)
    }

    @Test("keys suspended usage by its identifier, and says whom and when it was about")
    func suspendedKey() throws {
        var mediator = Mediator()
        mediator.step(RawUsage.call.with { $0.subscriber = "+420999" }.wire, headers: ["recycles": EventID(high: 8, low: 9).description, "recycle-attempts": "2"])
        let headers = mediator.outbox.entries[0].headers
        #expect(headers.map(\.name) == ["recycle-attempts"] && headers[0].value == Array("2".utf8))
        let (key, record) = try #require(mediator.take().suspended.first)
        #expect(key == Identifier("msisdn:420999")!.key.description)
        #expect(record.subscriber == "msisdn:420999" && record.startMs == Timestamp(rfc3339: "2026-10-05T10:30:00Z")!.ms)
        #expect(record.meta.moreCauses.map(\.id) == [EventID(high: 8, low: 9)])
    }
}
