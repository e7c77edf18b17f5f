extension UsageUnit {
    /// "s", "B", "event" or "amount".
    public var symbol: String {
        switch self {
        case .second: "s"
        case .byte: "B"
        case .event: "event"
        case .amount: "amount"
        case .unspecified, .UNRECOGNIZED: "?"
        }
    }
}
