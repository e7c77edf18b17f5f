import Pipeline
import Testing

@Suite("Multiset digest")
struct MultisetDigestTests {
    @Test("is the same in any order, and other for a doubled member")
    func order() {
        func digest(_ members: [String]) -> MultisetDigest {
            var digest = MultisetDigest()
            for member in members { Array(member.utf8).withUnsafeBytes { digest.add($0) } }
            return digest
        }
        #expect(digest(["a", "b", "c"]) == digest(["c", "a", "b"]))
        #expect(digest(["a", "b"]) != digest(["a", "b", "b"]))
        #expect(digest(["a", "b"]) != digest(["a"]))
        #expect(MultisetDigest(bytes: digest(["a", "b"]).bytes) == digest(["a", "b"]))
    }
}
