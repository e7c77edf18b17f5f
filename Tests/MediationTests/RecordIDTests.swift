import Events
import Mediation
import Pipeline
import Quantities
import Testing

@Suite("What names a usage")
struct RecordIDTests {
    /// Asterisk's table of calls, as far as it matters here.
    static func catalogue(_ change: (inout SourceDefinition) -> Void = { _ in }) -> CatalogueContent {
        var content = Mediator.catalogue
        var source = SourceDefinition.with {
            $0.id = "asterisk"
            $0.format = "csv"
            $0.columns = ["src", "dst", "start", "billsec", "uniqueid"]
            $0.stream = "s"
            $0.recordIds = [.with { $0.column = "uniqueid" }, .with { $0.column = "start" }, .with { $0.column = "dst" }]
            $0.type.constant = "voice"
            $0.subscriber.column = "src"
            $0.otherParty.column = "dst"
            $0.start.column = "start"
            $0.startFormat = "yyyy-MM-dd HH:mm:ss"
            $0.quantity.column = "billsec"
        }
        change(&source)
        content.sources.append(source)
        return content
    }

    static func usages(_ lines: String, _ change: (inout SourceDefinition) -> Void = { _ in }) throws -> [Usage] {
        var mediator = Mediator()
        mediator.publish(catalogue(change))
        mediator.assign("msisdn:420601000003", account: "a3", subscription: "s3", from: Mediator.october, to: 0)
        mediator.step(Array(lines.utf8), contentType: "text/csv", source: "asterisk")
        let emitted = mediator.take()
        #expect(emitted.reasons == [])
        return emitted.usages
    }

    static let call = "420601000001,420777123456,2026-10-05 12:30:00,60,1791196200.12\n"
    static let transferred = "420601000001,420777999999,2026-10-05 12:31:05,600,1791196200.12\n"

    @Test("several columns together name a record: a transferred call that kept its id is another one")
    func severalColumns() throws {
        let usages = try Self.usages(Self.call + Self.transferred + Self.call)
        #expect(usages[0].name == usages[2].name && usages[0].content == usages[2].content)
        #expect(usages[0].name != usages[1].name && usages[0].content != usages[1].content)
        // By its content, as a build reads it that knows of no such ids.
        let unnamed = try Self.usages(Self.call + Self.transferred) { $0.recordIds = [] }
        #expect(usages[0].formerName == unnamed[0].formerName && usages[1].formerName == unnamed[1].formerName)
        #expect(usages.allSatisfy { !$0.billsConflicts })
    }

    @Test("one column alone names both the same, with other contents; what becomes of that, the source says")
    func oneColumn() throws {
        for bills in [false, true] {
            let usages = try Self.usages(Self.call + Self.transferred) {
                $0.recordIds = []
                $0.recordID.column = "uniqueid"
                $0.billsConflicts = bills
            }
            #expect(usages[0].name == usages[1].name && usages[0].content != usages[1].content)
            #expect(usages.allSatisfy { $0.billsConflicts == bills })
        }
    }

    @Test("each part of an id counts by itself, in its place; without any of them the content names the record")
    func parts() throws {
        let ids: (inout SourceDefinition) -> Void = { $0.recordIds = [.with { $0.column = "uniqueid" }, .with { $0.column = "dst" }] }
        let rest = "2026-10-05 12:30:00,60"
        let usages = try Self.usages("420601000001,12,\(rest),3\n420601000001,2,\(rest),31\n420601000001,3,\(rest),12\n", ids)
        #expect(Set(usages.map(\.name)).count == 3)
        let unnamed: (inout SourceDefinition) -> Void = { $0.recordIds = [.with { $0.column = "uniqueid" }, .with { $0.constant = "v1" }] }
        let without = try Self.usages("420601000001,12,\(rest),\n420601000001,13,\(rest),\n420601000001,12,\(rest),\n", unnamed)
        #expect(without[0].name == without[2].name && without[0].name != without[1].name)
        let plain = try Self.usages("420601000001,12,\(rest),\n") { $0.recordIds = [] }
        #expect(plain[0].name == without[0].name)
    }

    @Test("the served subscriber is a part of the name, normalized")
    func subscriber() throws {
        let ids: (inout SourceDefinition) -> Void = { $0.recordIds = []; $0.recordID.column = "uniqueid" }
        let rest = "420777123456,2026-10-05 12:30:00,60,00000001\n"
        let usages = try Self.usages("420601000001,\(rest)420601000003,\(rest)+420601000001,\(rest)00420601000001,\(rest)", ids)
        #expect(usages[0].name != usages[1].name && usages[0].formerName == usages[1].formerName)
        #expect(usages[0].name == usages[2].name && usages[0].name == usages[3].name)
    }

    @Test("the content is all that a charge can depend on, however it is spelled")
    func content() throws {
        func content(_ change: (inout RawUsage) -> Void) throws -> UInt32 {
            var mediator = Mediator()
            mediator.step(RawUsage.call.with(change).wire)
            return try #require(mediator.take().usages.first).content
        }
        let plain = try content { _ in }
        let same: [(String, (inout RawUsage) -> Void)] = [
            ("another record id", { $0.recordID = "r2" }), ("none", { $0.recordID = "" }), ("another source", { $0.source = "msc-2"; $0.stream = "x" }),
            ("the start in another zone", { $0.start = "2026-10-05T10:30:00Z" }), ("in milliseconds", { $0.start = ""; $0.startMs = 1_791_196_200_000 }),
            ("the quantity with zeros", { $0.quantity = "062.500" }), ("in another unit", { $0.quantity = "62.5"; $0.unit = "s" }),
            ("the number with 00", { $0.otherParty = "00420777000111" }), ("the subscriber's number bare", { $0.subscriber = "420601000001" }),
            ("a direction that it has anyway", { $0.direction = "mo" }),
        ]
        for (what, change) in same { #expect(try content(change) == plain, "\(what)") }
        let others: [(String, (inout RawUsage) -> Void)] = [
            ("start", { $0.start = "2026-10-05T12:30:00.001+02:00" }), ("quantity", { $0.quantity = "62.6" }), ("number", { $0.otherParty = "+420777000112" }),
            ("no number", { $0.otherParty = "" }), ("direction", { $0.direction = "mt" }), ("category", { $0.category = "call" }),
            ("service", { $0.service = "call" }), ("network", { $0.network = "26201" }), ("other network", { $0.otherNetwork = "26201" }),
            ("type", { $0.type = "sms" }), ("type and unit", { $0.type = "data" }),
        ]
        let contents = try others.map { try content($0.1) } + [plain]
        #expect(Set(contents).count == contents.count)
    }

    @Test("a name is found from an older build's record, where it is by one id or by the content")
    func older() throws {
        for change: (inout RawUsage) -> Void in [{ _ in }, { $0.recordID = "" }, { $0.category = "call"; $0.direction = "mt" }] {
            var mediator = Mediator()
            mediator.step(RawUsage.call.with(change).wire)
            let usage = try #require(mediator.take().usages.first)
            let record = EventID(high: usage.identityHigh, low: usage.identityLow)
            let served = Array(usage.parties.served.utf8)
            let found = served.withUnsafeBytes { UsageIdentity(record: record, subscriber: $0, content: usage.content) }
            #expect(found.high == usage.recordHigh && found.low == usage.recordLow)
        }
    }

    @Test("what has no id keeps the identity that older builds gave it, however its number is written")
    func formerContent() throws {
        for (number, formerly) in [
            ("+420777000111", "420777000111"), ("00420777000111", "420777000111"), ("+420 777 000 111", "+420 777 000 111"), ("+420-777-000-111", "+420-777-000-111"),
        ] {
            var mediator = Mediator()
            mediator.step(RawUsage.call.with { $0.recordID = ""; $0.otherParty = number }.wire)
            let usage = try #require(mediator.take().usages.first)
            var hash = SipHash128()
            hash.combine(2)
            func combine(_ part: String) {
                hash.combine(UInt64(part.utf8.count))
                Array(part.utf8).withUnsafeBytes { hash.combine(bytes: $0) }
            }
            for part in ["msc-1", "calls", "voice", "msisdn:420601000001"] { combine(part) }
            hash.combine(UInt64(1_791_196_200_000))
            hash.combine(UInt64(62_500_000))
            combine(formerly)
            let former = hash.finish()
            #expect(usage.formerName == [former.high, former.low], "\(number)")
        }
    }

    @Test("a JSON source's id of several paths")
    func json() throws {
        var mediator = Mediator()
        var content = Mediator.catalogue
        let place = try #require(content.sources.firstIndex { $0.id == "gateway" })
        content.sources[place].recordIds = [.with { $0.column = "event.id" }, .with { $0.column = "at" }]
        content.sources[place].clearRecordID()
        mediator.publish(content)
        for (id, at) in [("a\\u0062", 1_791_200_000), ("ab", 1_791_200_000), ("ab", 1_791_200_001)] {
            mediator.step(Array(#"{"event":{"id":"\#(id)","who":"420601000001","volume":{"total":1}},"at":\#(at)}"#.utf8), source: "gateway")
        }
        let usages = mediator.take().usages
        try #require(usages.count == 3)
        #expect(usages[0].name == usages[1].name && usages[1].name != usages[2].name)
    }

    @Test("a part above 1,000 bytes is too large")
    func large() throws {
        var mediator = Mediator()
        mediator.publish(Self.catalogue())
        let line = Self.call.dropLast() + String(repeating: "1", count: 1001)
        mediator.step(Array(line.utf8), contentType: "text/csv", source: "asterisk")
        #expect(mediator.take().reasons == ["too-large"])
    }
}

extension Usage {
    fileprivate var name: [UInt64] { [recordHigh, UInt64(recordLow)] }
    fileprivate var formerName: [UInt64] { [identityHigh, identityLow] }
}
