import Quantities

/// What is wrong with a stated share of the traffic. Shares are in millionths of the events.
public struct TrafficFaults: Hashable, Sendable {
    /// Ways in which a record can be damaged.
    public enum Damage: String, CaseIterable, Sendable {
        /// Cut short.
        case truncated
        /// A number where a string belongs.
        case wrongType
        case negative
        /// A quantity beyond anything.
        case absurd
        /// 1970 or 9999.
        case farDates
        case invalidUTF8
        /// Valid JSON of 5 MB.
        case huge
        case nullValue
    }

    /// Records published once more, on top of the events.
    public var duplicates: UInt64 = 0
    /// Usage published 1 to 72 hours behind its time.
    public var late: UInt64 = 0
    /// Usage published up to 15 minutes behind its time.
    public var outOfOrder: UInt64 = 0
    /// Usage of subscribers that nobody has ever activated.
    public var unknownSubscribers: UInt64 = 0
    private var damages = [UInt64](repeating: 0, count: Damage.allCases.count)

    public static let none = TrafficFaults()
    /// The share that is all of the events.
    public static let whole: UInt64 = 1_000_000

    public init() {}

    public subscript(damage: Damage) -> UInt64 {
        get { damages[damage.place] }
        set { damages[damage.place] = newValue }
    }

    /// All kinds of damage with one share together: a hundredth of it huge, for those weigh 5 MB each, the rest in equal parts.
    public mutating func setMalformed(_ share: UInt64) {
        self[.huge] = share / 100
        let others = Damage.allCases.filter { $0 != .huge }
        for (place, damage) in others.enumerated() {
            let rest = share - share / 100
            self[damage] = rest / UInt64(others.count) + (UInt64(place) < rest % UInt64(others.count) ? 1 : 0)
        }
    }

    /// Why a text of faults can't be read.
    public struct Unreadable: Error, CustomStringConvertible {
        public let description: String
    }

    /// Reads "duplicates=0.01,late=0.02,malformed=0.001": names as the properties and the cases of `Damage`, shares from 0 to 1 with
    /// up to six
    /// decimals, together at most 1 (duplicates apart). "none" and "" are no faults.
    public init(parsing text: String) throws(Unreadable) {
        self.init()
        if text == "none" { return }
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard pair.count == 2, let value = DecimalText.parse(pair[1], decimals: 6), (0...Int128(Self.whole)).contains(value) else {
                throw Unreadable(description: "“\(part)” is no fault: write name=share, a share from 0 to 1 with up to six decimals")
            }
            let share = UInt64(value)
            switch pair[0] {
            case "duplicates": duplicates = share
            case "late": late = share
            case "outOfOrder": outOfOrder = share
            case "unknownSubscribers": unknownSubscribers = share
            case "malformed": setMalformed(share)
            default:
                guard let damage = Damage(rawValue: pair[0]) else {
                    let names = ["duplicates", "late", "outOfOrder", "unknownSubscribers", "malformed"] + Damage.allCases.map(\.rawValue)
                    throw Unreadable(description: "“\(pair[0])” is no fault; there are \(names.joined(separator: ", "))")
                }
                self[damage] = share
            }
        }
        guard late + outOfOrder + unknownSubscribers + damages.reduce(0, +) <= Self.whole else {
            throw Unreadable(description: "the shares of faults come to more than 1")
        }
    }
}

extension TrafficFaults.Damage {
    var place: Int {
        switch self {
        case .truncated: 0
        case .wrongType: 1
        case .negative: 2
        case .absurd: 3
        case .farDates: 4
        case .invalidUTF8: 5
        case .huge: 6
        case .nullValue: 7
        }
    }
}
