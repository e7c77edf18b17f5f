import Events
import Foundation
import Pipeline
import Quantities
import ReadModels
import Testing

@Suite("Projection")
struct ProjectionTests {
    @Test("the unbilled sums are those of the books, whatever came late", arguments: 1...20 as ClosedRange<UInt64>)
    func unbilled(seed: UInt64) throws {
        let history = History.random(seed: seed)
        let scratch = try Scratch()
        let view = try scratch.view(of: history.log, batchSize: 37)
        for (account, book) in history.books.sorted(by: { $0.key < $1.key }) {
            let customer = try #require(try view.customer(account))
            #expect(customer.unbilledTotal.amount.nanos == book.unbilledNanos, "seed \(seed), \(account)")
            #expect(customer.balance?.amount.nanos == history.balances[account].map { Int128($0) }, "seed \(seed), \(account)")
            for period in customer.unbilled {
                let expected = book.open.filter { $0.periodStartMs == period.start.ms }.reduce(Int128(0)) { $0 + $1.nanos }
                #expect(period.total.amount.nanos == expected, "seed \(seed), \(account), \(period.start)")
            }
            #expect(customer.invoices.count == book.invoices.count, "seed \(seed), \(account)")
            #expect(customer.awaitingInvoice.isEmpty)
        }
    }

    @Test("any interleaving of topics, any batches and crashes give the same content", arguments: 1...25 as ClosedRange<UInt64>)
    func interleavings(seed: UInt64) throws {
        let history = History.random(seed: seed)
        let scratch = try Scratch()
        let expected = try scratch.view(of: history.log, "whole.sqlite").checksum()
        var random = Seeded(seed &* 977)
        var view = try scratch.view("shuffled.sqlite")
        var projector = try Projector(view)
        var crashes = 0
        let places = CustomerView.topics.flatMap { topic in (0..<MemoryLog.partitions).map { (topic, $0) } }
        func isDone(_ topic: Topic, _ partition: Int32) throws -> Bool {
            projector.next(topic, partition) >= (try history.log.offsets(of: topic, partition: partition).upperBound)
        }
        while let (topic, partition) = try places.filter({ try !isDone($0.0, $0.1) }).randomElement(using: &random) {
            var left = Int.random(in: 1...40, using: &random)
            // It reads from a little before, as a restarted reader may.
            let from = max(0, projector.next(topic, partition) - Int64.random(in: 0...5, using: &random))
            try history.log.read(topic, partition: partition, from..<Int64.max) { record in
                try projector.apply(topic, record)
                left -= 1
                return left > 0
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: try projector.commit()
            case 4:
                // A crash: what was gathered and not committed is gone.
                crashes += 1
                try view.close()
                view = try scratch.view("shuffled.sqlite")
                projector = try Projector(view)
            default: break
            }
        }
        try projector.commit()
        #expect(try view.checksum() == expected, "seed \(seed), \(crashes) crashes")
        #expect(try view.tableChecksums().allSatisfy { $0.rows > 0 }, "seed \(seed): a table stayed empty")
    }

    @Test("reading everything a second time changes nothing")
    func idempotence() throws {
        let history = History.random(seed: 5)
        let scratch = try Scratch()
        let view = try scratch.view(of: history.log)
        let before = try view.checksum()
        let projector = try Projector(view)
        for topic in CustomerView.topics {
            for partition in 0..<MemoryLog.partitions {
                try history.log.read(topic, partition: partition, 0..<Int64.max) { record in
                    try projector.apply(topic, record)
                    return true
                }
            }
        }
        #expect(projector.pending == 0)
        try projector.commit()
        #expect(try view.checksum() == before)
        #expect(try ProjectionRunner(log: history.log, view: view).catchUp() == 0)
    }

    @Test("one more record, or another amount, gives another checksum")
    func sensitivity() throws {
        let scratch = try Scratch()
        func checksum(_ name: String, nanos: Int64, count: Int) throws -> String {
            let history = History()
            history.open("A-1")
            for _ in 0..<count { history.use("A-1", atMs: 10, nanos: nanos) }
            return try scratch.view(of: history.log, name).checksum()
        }
        let base = try checksum("a", nanos: 100, count: 3)
        #expect(try checksum("b", nanos: 100, count: 3) == base)
        #expect(try checksum("c", nanos: 101, count: 3) != base)
        #expect(try checksum("d", nanos: 100, count: 4) != base)
    }

    @Test("two projectors of one view: the second to commit stops, and nothing counts twice")
    func concurrentProjectors() throws {
        let history = History()
        history.open("A-1")
        history.use("A-1", atMs: 10, nanos: 100)
        let partition = history.partition("A-1")
        let scratch = try Scratch()
        let view = try scratch.view()
        let projectors = [try Projector(view), try Projector(try scratch.view())]
        for projector in projectors {
            try history.log.read(.usageRated, partition: partition, 0..<10) { record in
                try projector.apply(.usageRated, record)
                return true
            }
        }
        try projectors[0].commit()
        #expect(throws: ViewError.concurrentProjector(topic: .usageRated, partition: partition, expected: 0, found: 1)) {
            try projectors[1].commit()
        }
    }

    @Test("a log that has lost what the view needs is an error that names the range")
    func missingRange() throws {
        let history = History()
        history.open("A-1")
        for _ in 0..<10 { history.use("A-1", atMs: 10, nanos: 100) }
        let partition = history.partition("A-1")
        history.log.firstOffset[.usageRated] = 4
        let scratch = try Scratch()
        #expect(throws: ViewError.missingRange(topic: .usageRated, partition: partition, from: 0, to: 4)) {
            try scratch.view(of: history.log)
        }
    }

    @Test("a view of another log, namespace or file is refused")
    func foreignViews() throws {
        let history = History.random(seed: 3)
        let scratch = try Scratch()
        _ = try scratch.view(of: history.log)
        #expect(throws: ViewError.otherNamespace(path: scratch.path(), found: "test", wanted: "other")) {
            try CustomerView(path: scratch.path(), namespace: Namespace("other")!, access: .read)
        }
        #expect(throws: ViewError.notFound(path: scratch.path("none.sqlite"))) {
            try CustomerView(path: scratch.path("none.sqlite"), namespace: scratch.namespace, access: .read)
        }
        #expect(throws: ViewError.self) { try ProjectionRunner(log: MemoryLog(), view: try scratch.view()).catchUp() }
    }

    @Test("a file that is no database, and a folder that can't be made, are named")
    func unusableViews() throws {
        let scratch = try Scratch()
        try Data("this is no database, though it is long enough to be one".utf8).write(to: URL(fileURLWithPath: scratch.path("junk")))
        for (path, access) in [("junk", CustomerView.Access.read), ("junk", .project), ("junk/below/x.sqlite", .project)] {
            do {
                _ = try CustomerView(path: scratch.path(path), namespace: scratch.namespace, access: access)
                Issue.record("\(path) was opened")
            } catch ViewError.unusable(let found, let reason) {
                #expect(found == scratch.path(path) && !reason.isEmpty)
            }
        }
    }

    @Test("a record of ours that can't be read is named, and nothing of its batch is written")
    func corruptRecord() throws {
        let history = History()
        history.open("A-1")
        for _ in 0..<3 { history.use("A-1", atMs: 10, nanos: 100) }
        let partition = history.partition("A-1")
        history.log.change(.usageRated, partition, at: 2) { $0.value = [0xff, 0xff] }
        let scratch = try Scratch()
        let view = try scratch.view()
        let error = #expect(throws: CorruptRecord.self) { try ProjectionRunner(log: history.log, view: view).catchUp() }
        #expect(error?.topic == .usageRated && error?.offset == 2 && error?.partition == partition)
        #expect(try view.position()[.usageRated, partition] == 0)
        #expect(try view.customer("A-1") == nil)
    }
}
