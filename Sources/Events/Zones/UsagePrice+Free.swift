extension UsagePrice {
    /// Whether whatever it is for costs nothing, before tiers, caps and discounts: under rules version 2 that draws on no allowance.
    public var isFree: Bool {
        connectionFeeNanos == 0 && minimumNanos <= 0 && steps.allSatisfy { $0.priceNanos == 0 && $0.flatNanos == 0 }
    }
}
