extension BarringLevel {
    /// One word, as documents and reports write it.
    public var text: String {
        switch self {
        case .none: "none"
        case .outgoing: "outgoing"
        case .incoming: "incoming"
        case .data: "data"
        case .roaming: "roaming"
        case .all: "all"
        case .outgoingInternational: "outgoing-international"
        case .premium: "premium"
        case .unspecified, .UNRECOGNIZED: "unknown"
        }
    }

    /// Whether this version knows what it bars.
    public var isKnown: Bool {
        switch self {
        case .none, .outgoing, .incoming, .data, .roaming, .all, .outgoingInternational, .premium: true
        case .unspecified, .UNRECOGNIZED: false
        }
    }
}
