import Catalogue
import Events
import Testing

@Suite("A record id is kept, or its change is told")
struct IdentityChangesTests {
    static let calls = SourceDefinition.with {
        $0.id = "calls"
        $0.format = "csv"
        $0.columns = ["id", "who", "at", "qty"]
        $0.stream = "s"
        $0.recordID.column = "id"
        $0.type.constant = "voice"
        $0.subscriber.column = "who"
        $0.start.column = "at"
        $0.quantity.column = "qty"
    }

    struct Case: Sendable {
        var what: String
        var says: [String]
        var old = calls
        var change: @Sendable (inout SourceDefinition) -> Void
    }

    static let unnamed: SourceDefinition = {
        var source = calls
        source.clearRecordID()
        return source
    }()

    static let cases: [Case] = [
        Case(what: "nothing", says: []) { _ in },
        Case(what: "columns in another order", says: []) { $0.columns = ["who", "id", "at", "qty"] },
        Case(what: "the scheme that it has anyway", says: []) { $0.subscriberScheme = "msisdn" },
        Case(what: "conflicts", says: []) { $0.billsConflicts = true },
        Case(what: "the stream", says: ["stream changed", "billed twice"]) { $0.stream = "t" },
        Case(what: "another column", says: ["record_id changed", "billed twice"]) { $0.recordID.column = "ref" },
        Case(what: "a further column", says: ["record_id changed", "billed twice"]) {
            $0.clearRecordID()
            $0.recordIds = [.with { $0.column = "id" }, .with { $0.column = "at" }]
        },
        Case(what: "none any more", says: ["record_id changed"]) { $0.clearRecordID() },
        Case(what: "the subscriber", says: ["subscriber, subscriber_scheme changed", "billed twice"]) { $0.subscriber.column = "imsi"; $0.subscriberScheme = "imsi" },
        Case(what: "another name", says: ["calls is gone", "calls-2"]) { $0.id = "calls-2" },
        Case(what: "the unit", says: ["unit changed", "suspended as a conflicting duplicate"]) { $0.unit = "min" },
        Case(what: "the unit where conflicts are billed", says: ["unit changed", "be billed twice"]) { $0.unit = "min"; $0.billsConflicts = true },
        Case(what: "the start of what has no id", says: ["start_format changed", "without a record id"], old: unnamed) { $0.startFormat = "unix-s" },
    ]

    @Test("in the sentence that says what would happen", arguments: cases.indices)
    func warnings(_ index: Int) {
        let wanted = Self.cases[index]
        var new = wanted.old
        wanted.change(&new)
        let found = IdentityChanges.warnings(from: .with { $0.sources = [wanted.old] }, to: .with { $0.sources = [new] })
        #expect(found.count == (wanted.says.isEmpty ? 0 : 1), "\(wanted.what): \(found)")
        for part in wanted.says { #expect(found.first?.contains(part) == true, "\(wanted.what): \(found)") }
    }
}
