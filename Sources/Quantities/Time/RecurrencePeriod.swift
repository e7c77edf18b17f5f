/// How often a recurring charge comes. The raw values are the names that Kill Bill's catalogue uses.
public enum RecurrencePeriod: String, CaseIterable, Hashable, Sendable {
    case daily = "DAILY"
    case weekly = "WEEKLY"
    case biweekly = "BIWEEKLY"
    case thirtyDays = "THIRTY_DAYS"
    case thirtyOneDays = "THIRTY_ONE_DAYS"
    case sixtyDays = "SIXTY_DAYS"
    case ninetyDays = "NINETY_DAYS"
    case monthly = "MONTHLY"
    case bimestrial = "BIMESTRIAL"
    case quarterly = "QUARTERLY"
    case triannual = "TRIANNUAL"
    case biannual = "BIANNUAL"
    case annual = "ANNUAL"
    case sesquiennial = "SESQUIENNIAL"
    case biennial = "BIENNIAL"
    case triennial = "TRIENNIAL"
    /// Does not recur: a plan that has one-time or usage charges only.
    case never = "NO_BILLING_PERIOD"

    /// What one period adds to a date: a count of days, or of calendar months.
    public enum Step: Hashable, Sendable {
        case days(Int)
        /// Periods of months follow the bill-cycle day; periods of days run from the charge's own start.
        case months(Int)
    }

    /// Nil where nothing recurs.
    public var step: Step? {
        switch self {
        case .daily: .days(1)
        case .weekly: .days(7)
        case .biweekly: .days(14)
        case .thirtyDays: .days(30)
        case .thirtyOneDays: .days(31)
        case .sixtyDays: .days(60)
        case .ninetyDays: .days(90)
        case .monthly: .months(1)
        case .bimestrial: .months(2)
        case .quarterly: .months(3)
        case .triannual: .months(4)
        case .biannual: .months(6)
        case .annual: .months(12)
        case .sesquiennial: .months(18)
        case .biennial: .months(24)
        case .triennial: .months(36)
        case .never: nil
        }
    }
}
