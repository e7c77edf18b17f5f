import Mediation
import Quantities
import Testing

@Suite("The directory's index")
struct DirectoryIndexTests {
    private struct Model {
        var holders: [DirectoryIndex.NewHolder]
        var identifier: String
    }

    /// Keys whose lower halves collide on purpose.
    private func key(_ number: Int) -> EventID { EventID(high: UInt64(number), low: UInt64(number % 97)) }

    private func found(_ index: DirectoryIndex, _ number: Int, at ms: Int64) -> String? {
        index.withEntry(key(number), at: ms) { identifier, holder, _ in
            let name = String(decoding: identifier, as: UTF8.self)
            guard let holder else { return "\(name): nobody" }
            return "\(name): \(String(decoding: holder.account, as: UTF8.self))/\(String(decoding: holder.subscription, as: UTF8.self)) \(holder.event.low)"
        }
    }

    @Test("finds what was set last, also after removals and many rebuilds", arguments: [1, 2, 3] as [UInt64])
    func model(_ seed: UInt64) {
        var random = seed &* 0x9e37_79b9_7f4a_7c15
        func below(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        var index = DirectoryIndex()
        var model: [Int: Model] = [:]
        for step in 0..<60_000 {
            let number = below(3_000)
            if below(5) == 0 {
                index.remove(key(number))
                model[number] = nil
            } else {
                let holders = (0..<below(3)).map { place in
                    DirectoryIndex.NewHolder(
                        account: "account-\(step)", subscription: String(repeating: "s", count: below(40)), fromMs: Int64(place * 100),
                        toMs: Int64(place * 100 + 50), event: EventID(high: 1, low: UInt64(step)))
                }
                index.set(key(number), identifier: "id:\(number)", holders)
                model[number] = holders.isEmpty ? nil : Model(holders: holders, identifier: "id:\(number)")
            }
        }
        #expect(index.count == model.count)
        for number in 0..<3_000 {
            for ms: Int64 in [0, 49, 50, 100, 149] {
                let expected = model[number].map { entry in
                    let holder = entry.holders.first { $0.fromMs <= ms && ms < $0.toMs }
                    return holder.map { "\(entry.identifier): \($0.account)/\($0.subscription) \($0.event.low)" } ?? "\(entry.identifier): nobody"
                }
                #expect(found(index, number, at: ms) == expected, "seed \(seed), entry \(number) at \(ms)")
            }
        }
    }

    @Test("usage after an end that it follows is the last holder's, until somebody else holds the identifier")
    func followsEnd() {
        func holder(_ account: String, _ from: Int64, _ to: Int64, follows: Bool) -> DirectoryIndex.NewHolder {
            .init(account: account, subscription: "s", fromMs: from, toMs: to, event: EventID(high: 1, low: 1), followsEnd: follows)
        }
        var index = DirectoryIndex()
        // Nobody ever held the last one: it was given up before it began.
        index.set(key(1), identifier: "x", [holder("a", 100, 200, follows: true), holder("b", 300, 400, follows: false), holder("d", 600, 600, follows: true)])
        index.set(key(2), identifier: "x", [holder("b", 300, 400, follows: false), holder("c", 100, 200, follows: true), holder("a", 500, 600, follows: true)])
        let cases: [(Int, Int64, String)] = [
            (1, 99, "nobody"), (1, 199, "a/s 1"), (1, 200, "a/s 1"), (1, 299, "a/s 1"), (1, 300, "b/s 1"), (1, 400, "nobody"), (1, 700, "nobody"),
            (2, 250, "c/s 1"), (2, 450, "nobody"), (2, 600, "a/s 1"), (2, Int64.max, "a/s 1"),
        ]
        for (number, ms, expected) in cases { #expect(found(index, number, at: ms) == "x: " + expected, "\(number) at \(ms)") }
    }

    @Test("usage goes first to whoever was the first ever to hold the identifier then, for as long as a copy of it may have been rated there")
    func first() {
        func holder(_ account: String, _ from: Int64, _ to: Int64, first: Int64 = 0) -> DirectoryIndex.NewHolder {
            .init(account: account, subscription: "s", fromMs: from, toMs: to, event: EventID(high: 1, low: 1), firstToMs: first)
        }
        var index = DirectoryIndex()
        // a had it until 200, which was known late; then b, and a again from 400 on, which was known at once.
        index.set(key(1), identifier: "x", revision: 3, [holder("a", 100, 200, first: 250), holder("b", 200, 400, first: 410), holder("a", 400, .max)])
        // Released as of the beginning, and given to b; nobody has it after 300.
        index.set(key(2), identifier: "x", [holder("a", 100, 100, first: 500), holder("b", 100, 300, first: 320)])
        #expect(index.revision(of: key(1)) == 3 && index.revision(of: key(2)) == 0 && index.revision(of: key(3)) == nil)
        let cases: [(Int, Int64, String?, String?)] = [
            (1, 99, nil, nil), (1, 150, "a", "a"), (1, 200, "b", "a"), (1, 249, "b", "a"), (1, 250, "b", "b"), (1, 400, "a", "b"), (1, 410, "a", "a"),
            (2, 100, "b", "a"), (2, 299, "b", "a"), (2, 300, nil, nil),
        ]
        for (number, ms, current, first) in cases {
            let found = index.withEntry(key(number), at: ms) { _, holder, first in
                [holder, first].map { $0.map { String(decoding: $0.account, as: UTF8.self) } }
            }
            #expect(found == [current, first], "\(number) at \(ms)")
        }
    }
}
