import Audit
import Testing

@Suite("Fates of raw records")
struct RawFatesTests {
    @Test("a record of any number of usages is whole once each has its fate", arguments: Array(1...20) + Array(63...66) + Array(127...129) + Array(255...257))
    func whole(count: UInt32) {
        var fates = RawFates(first: 5, end: 6)
        fates.stand(5, print: 1)
        #expect(fates.gap(5) == .noFate)
        // Partitions of outputs are read one after the other: fates come in any order.
        for index in (0..<count).reversed() {
            if index < count - 1, index > 0 { #expect(fates.gap(5) != .none, "\(index) of \(count)") }
            #expect(fates.mark(5, index: index, print: 1) == .marked)
        }
        #expect(fates.gap(5) == .none)
        for index in 0..<count { #expect(fates.mark(5, index: index, print: 1) == .twice) }
    }

    @Test("the one that is missing is named", arguments: [2, 6, 7, 8, 9, 20, 64, 65, 256] as [UInt32])
    func hole(count: UInt32) {
        for missing in 0..<count - 1 {
            var fates = RawFates(first: 0, end: 1)
            fates.stand(0, print: 1)
            for index in 0..<count where index != missing { _ = fates.mark(0, index: index, print: 1) }
            #expect(fates.gap(0) == .hole(missing), "\(missing) of \(count)")
        }
    }
}
