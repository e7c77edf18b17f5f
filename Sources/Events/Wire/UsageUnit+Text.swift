extension UsageUnit {
    /// "s", "B" or "event".
    public var symbol: String {
        switch self {
        case .second: "s"
        case .byte: "B"
        case .event: "event"
        case .unspecified, .UNRECOGNIZED: "?"
        }
    }
}
