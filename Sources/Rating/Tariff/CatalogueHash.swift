import Events
import Quantities

/// The SHA-256 that names a version of the catalogue.
struct CatalogueHash: Hashable, Sendable, CustomStringConvertible {
    let words: [UInt64]

    /// 32 bytes as they are, or as 64 hexadecimal digits; nil for anything else, such as the key "current".
    init?(_ bytes: some Collection<UInt8>) {
        var raw = Array(bytes)
        if raw.count == 64 {
            var decoded: [UInt8] = []
            for pair in stride(from: 0, to: 64, by: 2) {
                guard let byte = UInt8(String(decoding: raw[pair..<pair + 2], as: UTF8.self), radix: 16) else { return nil }
                decoded.append(byte)
            }
            raw = decoded
        }
        guard raw.count == 32 else { return nil }
        words = stride(from: 0, to: 32, by: 8).map { start in raw[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// The first 8 bytes, by which a rated usage names its tariff.
    var short: UInt64 { words[0] }
    var bytes: [UInt8] { words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } } }
    var description: String { Hex.string(bytes) }
}
