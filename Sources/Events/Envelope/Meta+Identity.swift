import Quantities

extension Meta {
    /// The provenance of the `ordinal`th output that `stage` made of `cause`.
    @inline(__always)
    public init(cause: EventID, stage: UInt64, ordinal: UInt64, engine: UInt32) {
        self.init(id: EventID(cause: cause, stage: stage, ordinal: ordinal), cause: cause, engine: engine)
    }

    @inline(__always)
    public init(id: EventID, cause: EventID, engine: UInt32) {
        self.init()
        idHigh = id.high
        idLow = id.low
        causeHigh = cause.high
        causeLow = cause.low
        self.engine = engine
    }

    public var id: EventID { EventID(high: idHigh, low: idLow) }
    public var cause: EventID { EventID(high: causeHigh, low: causeLow) }
}

extension EventRef {
    public init(_ id: EventID) {
        self.init()
        high = id.high
        low = id.low
    }

    public var id: EventID { EventID(high: high, low: low) }
}
