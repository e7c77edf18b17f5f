import Events
import Pipeline
import Testing

@Suite("Versions of entries")
struct EntryVersionTests {
    private func read(_ bytes: [UInt8], upTo newest: UInt8 = 3) throws(EntryFault) -> (version: UInt8, text: String) {
        var result: Result<(version: UInt8, text: String), EntryFault>?
        bytes.withUnsafeBytes { bytes in
            var reader = EntryReader(bytes)
            result = Result { () throws(EntryFault) in
                let version = try reader.version(upTo: newest, of: "kind")
                return (version, reader.text())
            }
        }
        return try result!.get()
    }

    @Test("an entry without a version is of the first format; a later one says its own", arguments: [0, 1, 3, 127, 128, 300, 20_000])
    func mark(length: Int) throws {
        let text = String(repeating: "x", count: length)
        for format in [StateFormat.first, .second] {
            var writer = EntryWriter()
            writer.version(2, in: format)
            writer.text(text)
            let (version, read) = try read(writer.bytes)
            #expect(version == format.rawValue)
            #expect(read == text)
        }
    }

    @Test("a version that this build doesn't know says which build to use")
    func unknown() throws {
        var writer = EntryWriter()
        writer.version(4, in: .second)
        let fault = #expect(throws: EntryFault.self) { try read(writer.bytes) }
        let text = "\(UnreadableEntry(topic: .stateCustomers, partition: 2, offset: 17, fault: try #require(fault)))"
        #expect(
            text == "state.customers, partition 2, offset 17: the entry of kind kind and version 4 can't be read: this build reads versions 1 to 3 of it. "
                + "A later build wrote it: run that build, or a later one, again")
        #expect(throws: EntryFault.self) { try read([0x80, 0x00, 0x01]) }
        #expect(throws: EntryFault.self) { try read([0x80, 0x00]) }
    }

    @Test("what a stage's format record says is read back; a later build's format is refused")
    func stageFormat() throws {
        func read(_ value: [UInt8]) throws -> StageFormat {
            try Array("rate".utf8).withUnsafeBytes { key in
                try value.withUnsafeBytes { try StageFormat(InputRecord(partition: 0, offset: 5, key: key, value: $0)) }
            }
        }
        let format = StageFormat(format: .second, partitionCount: 12)
        #expect(try read(format.entry) == format)
        var later = format.entry
        later[1] = 3
        let fault = #expect(throws: UnreadableEntry.self) { try read(later) }
        #expect("\(try #require(fault))".contains("state.formats, partition 0, offset 5: the entry of kind format of rate and version 3"))
    }
}
