import Events
import Pipeline
import Quantities

extension CustomerCommand {
    /// More than any command needs, and far below the record limit of what it causes.
    static let maximumBytes = 256 * 1024

    /// Reads a command as its `content-type` header says; without one, JSON where the first byte that is no space is a brace, else
    /// protobuf. Nil where it is neither.
    public init?(_ record: InputRecord) {
        guard let value = record.value, value.count <= Self.maximumBytes else { return nil }
        let isJSON: Bool
        switch record.header("content-type") {
        case Topic.Encoding.json.rawValue?: isJSON = true
        case Topic.Encoding.protobuf.rawValue?: isJSON = false
        default: isJSON = value.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d } == UInt8(ascii: "{")
        }
        let read = isJSON ? try? Self(jsonUTF8Bytes: BorrowedBytes(value)) : try? Self(serializedBytes: BorrowedBytes(value))
        guard let read else { return nil }
        self = read
    }
}

extension EventID {
    /// The id of a command, which outsiders write and which has none of its own: of its place and its bytes.
    init(command record: InputRecord) {
        var hash = SipHash128()
        hash.combine(text: Topic.customersCommands.rawValue)
        hash.combine(UInt64(bitPattern: Int64(record.partition)))
        hash.combine(UInt64(bitPattern: record.offset))
        if let value = record.value { hash.combine(bytes: value) }
        self = hash.finish()
    }
}

/// The forms of the fields that outsiders choose.
enum FieldForm {
    static func isOpaqueID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }

    static func isCommandID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// What a person reads; it goes into events, and so is short.
    static func isReason(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}

/// A time as a command has it: a text, or else milliseconds.
struct CommandTime {
    let name: String
    let isMissing: Bool
    /// Zero where it is no time, or out of range: zero means no time everywhere, so that times begin after 1970.
    let ms: Int64

    /// 9999-12-31T23:59:59.999Z.
    private static let lastMs: Int64 = 253_402_300_799_999

    init(_ name: String, _ text: String, _ ms: Int64) {
        self.name = name
        isMissing = text.isEmpty && ms == 0
        let time = text.isEmpty ? ms : Timestamp(rfc3339: text)?.ms ?? 0
        self.ms = (1...Self.lastMs).contains(time) ? time : 0
    }
}
