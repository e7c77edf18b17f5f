/// A tariff plan and calls as operators have them, and some as nobody should: the same ones for the same seed.
struct RandomPlan {
    private(set) var text = PlanText()
    private var random: SplitMix
    /// Rates count seconds; else units.
    private let isVoice: Bool
    /// How prefixes are written.
    private let sign: Sign
    private var prefixes: [String] = []
    private var starts: [String] = ["00:00:00"]

    private enum Sign { case plus, none, both }

    static let tenant = "t"
    static let subjects = ["*any", "1001", "1002", "alpha", "beta"]
    /// Activation times; calls lie around them.
    private static let activations = ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-29T12:30:00Z", ""]

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        isVoice = random.next() % 4 != 0
        let sign = random.next() % 11
        self.sign = sign == 0 ? .both : sign < 6 ? .plus : .none
        addTimings()
        addDestinations()
        addRates()
        addDestinationRates()
        addRatingPlans()
        addProfiles()
    }

    // MARK: Chance

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    private mutating func one<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
    /// Once in so many times.
    private mutating func rarely(_ times: Int) -> Bool { below(times) == 0 }

    private mutating func some(_ values: [Int]) -> String {
        let chosen = values.filter { _ in random.next() % 3 == 0 }
        return chosen.isEmpty ? "\(one(values))" : chosen.map(String.init).joined(separator: ";")
    }

    // MARK: Files

    private var timings: [String] = ["*any"]
    /// Which together hold at any time, some of them.
    private static let ordinary = [
        "WEEK,*any,*any,*any,1;2;3;4;5,00:00:00", "PEAK,*any,*any,*any,1;2;3;4;5,08:00:00", "EVENING,*any,*any,*any,1;2;3;4;5,19:00:00",
        "WEEKEND,*any,*any,*any,6;7,00:00:00", "NIGHT,*any,*any,*any,*any,22:30:00", "NEWYEAR,*any,1,1,*any,00:00:00", "NOON,,,,,12:00:00",
        "Y2026,2026,*any,*any,*any,00:00:00", "SPRING,*any,3;4;5,*any,*any,00:00:00", "SUNDAY,*any,*any,*any,0,00:00:00",
    ]

    private mutating func addTimings() {
        var lines = Self.ordinary.filter { _ in random.next() % 3 != 0 }
        for number in 0..<below(3) {
            let (months, days, weekdays) = (
                rarely(3) ? some([1, 3, 4, 12]) : "*any", rarely(3) ? some([1, 2, 29, 30, 31]) : "*any", rarely(2) ? some([1, 2, 3, 6, 7]) : "*any"
            )
            let time = "\(one(["00", "06", "08", "23"])):\(one(["00", "15"])):\(one(["00", "30"]))"
            lines.append("T\(number),\(rarely(5) ? "2025;2026" : "*any"),\(months),\(days),\(weekdays),\(time)")
        }
        text.lines["Timings.csv"] = lines
        timings += lines.map { String($0.prefix { $0 != "," }) }
        starts += lines.map { String($0.split(separator: ",").last ?? "00:00:00") }
    }

    private mutating func addDestinations() {
        var lines: [String] = []
        for number in 0..<(2 + below(5)) {
            for _ in 0..<(1 + below(3)) {
                var prefix = prefixes.isEmpty || rarely(2) ? "" : one(prefixes)
                if !rarely(30) || prefix.isEmpty { for _ in 0..<(1 + below(2)) { prefix += one(["1", "4", "9", "3", "6"]) } }
                if rarely(25) { prefix = "voicemail" }
                prefixes.append(prefix)
                let hasPlus = !prefix.hasPrefix("v") && (sign == .plus || (sign == .both && rarely(2)))
                lines.append("D\(number),\(hasPlus ? "+" : "")\(prefix)")
            }
        }
        if rarely(12) { lines.append("D0,") }
        text.lines["Destinations.csv"] = lines
    }

    private mutating func addRates() {
        var lines: [String] = []
        let units = isVoice ? ["1s", "10s", "60s", "1m", "7s"] : ["1", "10", "1024", "7"]
        let increments = isVoice ? ["1s", "6s", "30s", "60s", "7s", "500ms"] : ["1", "10", "1024"]
        let froms = isVoice ? ["60s", "90s", "120s", "3600s", "2m"] : ["10", "20", "10240"]
        for number in 0..<(2 + below(5)) {
            let fee = one(["0", "", "0.1", "0.25", "1.005"])
            var taken: [String] = []
            for slot in 0..<(1 + below(3)) {
                var from = slot == 0 ? one(["0", "0s"]) : one(froms)
                if slot == 0, rarely(150) { from = one(froms) }
                if taken.contains(from) { continue }
                taken.append(from)
                let rate = one(["0", "0.01", "0.05", "1", "1.2", "0.0125", "0.333"])
                lines.append("R\(number),\(slot == 0 ? fee : one(["", fee, "9"])),\(rate),\(one(units)),\(one(increments)),\(from)")
            }
        }
        text.lines["Rates.csv"] = lines
    }

    private func tags(_ file: String) -> [String] {
        var tags: [String] = []
        for line in text.lines[file] ?? [] {
            let tag = String(line.prefix { $0 != "," })
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    private mutating func addDestinationRates() {
        var lines: [String] = []
        let (destinations, rates) = (tags("Destinations.csv") + ["*any"], tags("Rates.csv"))
        for number in 0..<(2 + below(4)) {
            for line in 0..<(1 + below(4)) {
                let rounding = one(["*up,4", "*up,2", "*middle,2", "*middle,3", "*down,2", "*down,1", "*up,0", ",", "*middle,4"])
                let maximum = one([",", "0,", "0,", "2.5,*free", "10,*free", "0.3,*free", "5,*disconnect"])
                // The first is for any number, mostly.
                let destination = number == 0 && line == 0 && !rarely(4) ? "*any" : one(destinations)
                lines.append("DR\(number),\(destination),\(one(rates)),\(rounding),\(maximum)")
            }
        }
        text.lines["DestinationRates.csv"] = lines
    }

    private mutating func addRatingPlans() {
        var lines: [String] = []
        let destinationRates = tags("DestinationRates.csv")
        for number in 0..<(2 + below(2)) {
            for _ in 0..<(1 + below(5)) { lines.append("RP\(number),\(one(destinationRates)),\(one(timings)),\(one(["10", "20", "0", "15.5", "12", "7", "30"]))") }
            // Most plans have something for any number at any time.
            if !rarely(5) { lines.append("RP\(number),\(rarely(3) ? one(destinationRates) : "DR0"),*any,\(one(["10", "5"]))") }
        }
        text.lines["RatingPlans.csv"] = lines
    }

    private mutating func addProfiles() {
        var lines: [String] = []
        let plans = tags("RatingPlans.csv")
        for subject in Self.subjects where subject == "*any" || rarely(2) {
            for _ in 0..<(rarely(8) ? 2 : 1) {
                let fallbacks = rarely(2) ? "" : (0...below(2)).map { _ in one(Self.subjects) }.joined(separator: ";")
                lines.append("\(Self.tenant),call,\(subject),\(rarely(8) ? one(Self.activations) : "2012-01-01T00:00:00Z"),\(one(plans)),\(fallbacks)")
            }
        }
        text.lines["RatingProfiles.csv"] = lines
    }

    // MARK: Calls

    mutating func call() -> ExactRater.Call {
        let type = isVoice ? "voice" : one(["data", "sms"])
        var call = ExactRater.Call(type: type, subject: one(Self.subjects), destination: "", startMs: start(), micros: 0)
        if call.subject == "*any" { call.subject = "3003" }
        var number = rarely(4) ? "" : one(prefixes)
        for _ in 0..<below(4) { number += one(["1", "4", "9", "7"]) }
        call.destination = rarely(30) ? "*any" : sign == .plus && !number.isEmpty && !number.hasPrefix("v") ? "+" + number : number
        let seconds = one([below(90), below(600), below(7200), below(200_000)])
        call.micros = isVoice ? Int64(seconds) * 1_000_000 + (rarely(6) ? 250_000 : 0) : Int64(one([1, below(30), below(100_000)])) * 1_000_000
        return call
    }

    /// Often shortly before a timing begins.
    private mutating func start() -> Int64 {
        let days = [20_453, 20_454, 20_512, 20_513, 20_514, 20_541, 20_542, 20_453 + below(365)]
        let day = Int64(one(days)) * 86_400_000
        if rarely(2) { return day + Int64(below(86_400_000)) }
        let clock = one(starts).split(separator: ":").compactMap { Int64($0) }
        let edge = clock.count == 3 ? (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000 : 0
        return day + edge - Int64(below(200)) * 1000
    }
}
