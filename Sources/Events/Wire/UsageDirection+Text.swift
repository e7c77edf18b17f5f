extension UsageDirection {
    /// As sources, catalogues and the command line write it: mo, mt or forwarded; empty is mo. Nil for anything else.
    public init?(text: String) {
        switch text {
        case "", "mo": self = .originated
        case "mt": self = .terminated
        case "forwarded": self = .forwarded
        default: return nil
        }
    }

    /// The same word; empty where there is none.
    public var text: String {
        switch self {
        case .originated: "mo"
        case .terminated: "mt"
        case .forwarded: "forwarded"
        case .UNRECOGNIZED: ""
        }
    }
}
