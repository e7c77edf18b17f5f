import Events
import Rating
import Testing

@Suite struct RatedUsageStartTests {
    private func start(in bytes: [UInt8]) -> Int64? { bytes.withUnsafeBytes { RatedUsageStart.milliseconds(in: $0) } }

    private var rated: RatedRecord {
        var record = RatedRecord()
        record.normalizedOffset = 7
        record.usage.account = "a1"
        record.usage.startMs = 1_790_812_812_345
        return record
    }

    @Test func isThatOfTheUsage() throws { #expect(start(in: try rated.serializedBytes()) == 1_790_812_812_345) }

    @Test func isNilWhereThereIsNoUsage() throws {
        var duplicate = RatedRecord()
        duplicate.duplicate.account = "a1"
        #expect(start(in: try duplicate.serializedBytes()) == nil)
        #expect(start(in: []) == nil)
    }

    @Test func isNilWhereTheRecordIsCut() throws {
        let bytes: [UInt8] = try rated.serializedBytes()
        for count in bytes.indices { #expect(start(in: Array(bytes.prefix(count))) == nil, "cut to \(count) bytes") }
    }
}
