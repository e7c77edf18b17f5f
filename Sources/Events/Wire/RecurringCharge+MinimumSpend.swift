extension RecurringCharge {
    /// The price of what a period lacked of its offering's minimum spend. No recurring price has this id.
    public static let minimumSpend = "minimum-spend"
}
