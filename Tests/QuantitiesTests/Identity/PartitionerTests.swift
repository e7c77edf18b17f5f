import Quantities
import Testing

@Suite("Partitioner")
struct PartitionerTests {
    /// org.apache.kafka.common.utils.UtilsTest#testMurmur2.
    @Test(
        "murmur2 as in Kafka's Java clients",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536), ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func murmur2(_ key: String, _ expected: Int32) {
        let hash = Array(key.utf8).withUnsafeBytes { Partitioner.murmur2($0) }
        #expect(hash == expected)
        // The sign bit is cut off, not negated.
        #expect(Partitioner.partition(key, of: 12) == (expected & 0x7fff_ffff) % 12)
    }

    @Test("an empty key has a partition too")
    func empty() { #expect((0..<12).contains(Partitioner.partition("", of: 12))) }
}
