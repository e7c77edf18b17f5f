/// As its description: RFC 3339 in UTC.
extension Timestamp: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
