import Foundation

/// What `--json` prints: one document, keys in order, so that two runs can be compared.
enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Terminal.output(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
