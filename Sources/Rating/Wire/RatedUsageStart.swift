/// Reads when a rated usage started, and nothing else of it: for readers that want a time of each record and can't afford to decode it.
package enum RatedUsageStart {
    /// The start in milliseconds since 1970; nil where the value is no `RatedRecord` that holds a usage.
    package static func milliseconds(in value: UnsafeRawBufferPointer) -> Int64? {
        var reader = WireReader(value)
        while !reader.isAtEnd {
            let tag = reader.varint()
            guard tag == 0x1a else {
                reader.skip(tag)
                continue
            }
            var usage = WireReader(reader.delimited())
            while !usage.isAtEnd {
                let tag = usage.varint()
                if tag == 0x20 {
                    let start = usage.int64()
                    return usage.isBroken ? nil : start
                }
                usage.skip(tag)
            }
            return nil
        }
        return nil
    }
}
