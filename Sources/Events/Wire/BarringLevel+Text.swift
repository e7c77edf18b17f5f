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
        case .unspecified, .UNRECOGNIZED: "unknown"
        }
    }
}
