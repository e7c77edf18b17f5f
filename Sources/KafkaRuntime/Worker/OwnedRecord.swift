import Pipeline

/// A copy of a record that a stage could not finish in one step.
struct OwnedRecord {
    private let partition: Int32
    let offset: Int64
    private let timestampMs: Int64
    private let key: [UInt8]
    private let value: [UInt8]?
    private let headers: [(name: String, value: [UInt8])]

    init(_ record: InputRecord) {
        partition = record.partition
        offset = record.offset
        timestampMs = record.timestampMs
        key = Array(record.key)
        value = record.value.map { Array($0) }
        headers = record.headers.map { ($0.name, Array($0.value)) }
    }

    var byteCount: Int { key.count + (value?.count ?? 0) }

    func withRecord<R>(_ body: (InputRecord) throws -> R) throws -> R {
        // All header values in one buffer, so that one closure can lend them.
        let bytes = headers.flatMap(\.value)
        return try bytes.withUnsafeBytes { headerBytes in
            var start = 0
            let lent = headers.map { header -> InputRecord.Header in
                defer { start += header.value.count }
                return .init(name: header.name, value: UnsafeRawBufferPointer(rebasing: headerBytes[start..<(start + header.value.count)]))
            }
            return try key.withUnsafeBytes { key in
                func lend(_ value: UnsafeRawBufferPointer?) throws -> R {
                    try body(InputRecord(partition: partition, offset: offset, timestampMs: timestampMs, key: key, value: value, headers: lent[...]))
                }
                guard let value else { return try lend(nil) }
                return try value.withUnsafeBytes { try lend($0) }
            }
        }
    }
}
