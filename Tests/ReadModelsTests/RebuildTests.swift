import Events
import Quantities
import ReadModels
import Testing

@Suite("Rebuild")
struct RebuildTests {
    @Test("an equal view takes the live one's place, and its projector goes on with the new one")
    func swap() throws {
        let history = History.random(seed: 11)
        let scratch = try Scratch()
        let live = try scratch.view()
        let runner = ProjectionRunner(log: history.log, view: live, batchSize: 50)
        try runner.catchUp()
        let checksum = try live.checksum()
        // The log has grown since: the two are compared where the live one stands.
        for number in 0..<40 { history.use("A-1", atMs: 5, nanos: Int64(number)) }

        let report = try ViewRebuild(log: history.log, path: scratch.path(), namespace: scratch.namespace).run()
        #expect(report.isEqual && report.isSwapped)
        #expect(report.liveChecksum == checksum && report.rebuiltChecksum == checksum)
        #expect(scratch.files.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") } == ["customers.sqlite", "customers.sqlite.2"])

        #expect(try runner.catchUp() == 40)
        let reader = try CustomerView(path: scratch.path(), namespace: scratch.namespace, access: .read)
        #expect(try reader.checksum() == scratch.view(of: history.log, "whole.sqlite").checksum())
        #expect(try reader.customer("A-1")?.unbilledTotal.amount.nanos == history.books["A-1"]?.unbilledNanos)
    }

    @Test("a view that differs is kept, and the report names the tables")
    func difference() throws {
        let history = History()
        history.open("A-1")
        for number in 1...20 { history.use("A-1", atMs: 5, nanos: Int64(number)) }
        history.close("A-1", number: "ACME-1")
        history.use("A-1", atMs: History.month, nanos: 7)
        let scratch = try Scratch()
        let live = try scratch.view(of: history.log)
        let before = try live.checksum()
        let partition = history.partition("A-1")
        let last = history.log.all(.usageRated, partition).count - 1
        history.log.change(.usageRated, partition, at: last) { record in
            var rated = try! RatedRecord(serializedBytes: record.value)
            rated.usage.chargeNanos = 8
            record.value = try! rated.serializedBytes()
        }
        let rebuild = ViewRebuild(log: history.log, path: scratch.path(), namespace: scratch.namespace)
        let report = try rebuild.run()
        #expect(!report.isEqual && !report.isSwapped)
        #expect(report.differences.map(\.live.table) == ["unbilled", "activity"])
        #expect(try scratch.view().checksum() == before)
        #expect(!scratch.files.contains("customers.sqlite.2"))

        #expect(try rebuild.run(replacesDifferent: true).isSwapped)
        #expect(try CustomerView(path: scratch.path(), namespace: scratch.namespace, access: .read).checksum() == report.rebuiltChecksum)
    }

    @Test("without a live view the rebuilt one is put in place; a log without its beginning leaves all as it is")
    func edges() throws {
        let history = History.random(seed: 12)
        let scratch = try Scratch()
        let rebuild = ViewRebuild(log: history.log, path: scratch.path(), namespace: scratch.namespace)
        let report = try rebuild.run()
        #expect(report.isSwapped && report.liveChecksum == nil && report.records == history.log.count)
        history.log.firstOffset[.usageRated] = 3
        let files = scratch.files
        #expect(throws: ViewError.missingRange(topic: .usageRated, partition: 0, from: 0, to: 3)) { try rebuild.run() }
        #expect(scratch.files == files)
    }
}
