import Events

/// What becomes of a number.
enum Port: CaseIterable {
    /// It goes to another account's subscription.
    case once
    /// And back to the first one.
    case back
    /// And on to a third one, told at once or later.
    case onward
    /// Nobody has it for some time, and what was used then is found an owner later.
    case recycled
    /// Nobody has it any more.
    case released
    /// It goes to another subscription of the same account.
    case within
    /// It goes to another account's, whose holder's subscription had ended.
    case afterEnd
    /// It was another's from no time on: the commands are taken back as a whole.
    case undone
}

/// Numbers that move from one subscription to another as of some time, before or after that is told; with usage of them that was rated until then, and
/// the same files once more.
///
/// All such usage begins within a month of the commands: as long copies of it are known for what they are.
extension ScenarioBuilder {
    /// Linear, so that what a usage costs is its own and its holder's affair, whatever came before it.
    static let linearPlans = ["flat-eur", "line-eur"]

    static func portedMsisdn(_ number: Int) -> String { "msisdn:4206020000\(number)" }

    /// - Parameter seed: of a stream of its own, so that the town is otherwise what it was.
    mutating func addPorts(_ count: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed ^ 0x706f_7274_6564_2121)
        let first = random.below(Port.allCases.count)
        for number in 0..<count {
            var mover = Mover(number: number, kind: Port.allCases[(first + number) % Port.allCases.count], &random)
            addHolders(mover, &random)
            addCommands(&mover, &random)
            addUsage(mover, &random)
        }
    }

    /// A number on its way, and when it was told of.
    private struct Mover {
        let number: Int
        let kind: Port
        /// Account and subscription, the holder to begin with first.
        let holders: [(account: String, subscription: String)]
        /// When the first command is sent, and the last one was.
        let toldAt: Int64
        var lastAt: Int64
        /// The time that it speaks of.
        let changeMs: Int64
        /// The second holder's subscription begins with the number.
        let isNew: Bool
        var sequence = 0

        init(number: Int, kind: Port, _ random: inout SeededRandom) {
            self.number = number
            self.kind = kind
            let accounts = kind == .within ? ["a", "a", "a"] : ["a", "b", "c"]
            holders = accounts.enumerated().map { ("port-\(number)-\($0.element)", "line-\(number)-\($0.offset)") }
            toldAt = ScenarioBuilder.start + Int64(8 + random.below(9)) * ScenarioBuilder.day + Int64(random.below(86_400_000))
            lastAt = toldAt
            let distance = Int64(random.below(5)) * ScenarioBuilder.day + Int64(random.below(86_400_000))
            changeMs = toldAt + (random.happens(perMille: 650) ? -distance : random.happens(perMille: 300) ? 0 : distance)
            isNew = [.once, .recycled, .afterEnd].contains(kind) && random.happens(perMille: 300)
        }

        mutating func nextID(_ what: String) -> String {
            sequence += 1
            return "port-\(number)-\(sequence)-\(what)"
        }
    }

    private mutating func addHolders(_ mover: Mover, _ random: inout SeededRandom) {
        var opened: Set<String> = []
        for (place, holder) in mover.holders.enumerated() {
            if opened.insert(holder.account).inserted {
                var open = OpenAccount()
                open.account = holder.account
                open.fromMs = Self.start - 40 * Self.day
                open.terms.currency = "EUR"
                open.terms.timeZone = "UTC"
                open.terms.billCycleDay = random.pick([1, 1, 10, 20])
                open.terms.issuer = "north"
                open.terms.taxCategory = "standard"
                if random.happens(perMille: 300) { open.terms.payment = .prepaid }
                command("open-\(holder.account)", at: 1) { $0.openAccount = open }
                if open.terms.payment == .prepaid {
                    // Enough for all, so that a balance decides nothing.
                    var topUp = TopUp()
                    topUp.account = holder.account
                    topUp.amount = .with { $0.currencyCode = "EUR"; $0.units = 100_000 }
                    topUp.fromMs = Self.start - 2 * Self.day
                    command("topup-\(holder.account)", at: 1) { $0.topUp = topUp }
                }
            }
            if place == 1, mover.isNew { continue }
            let plan = random.pick(Self.linearPlans)
            activate(mover, place, plan, from: Self.start - Self.day, place == 0, at: 2)
        }
    }

    private mutating func activate(_ mover: Mover, _ place: Int, _ plan: String, from: Int64, _ hasNumber: Bool, at: Int64) {
        var activate = ActivateSubscription()
        (activate.account, activate.subscription) = mover.holders[place]
        activate.offering = plan
        if hasNumber { activate.identifiers = [Self.portedMsisdn(mover.number)] }
        activate.fromMs = from
        command("activate-\(activate.subscription)", at: at) { $0.activateSubscription = activate }
    }

    private mutating func addCommands(_ mover: inout Mover, _ random: inout SeededRandom) {
        let gap = random.happens(perMille: 300) ? Int64(1 + random.below(2 * 86_400_000)) : 0
        switch mover.kind {
        case .once, .within:
            release(0, mover.changeMs, &mover)
            later(below: random.pick([1, 1, 86_400_000]), &mover, &random)
            assign(1, mover.changeMs + gap, &mover, &random)
        case .back, .onward:
            release(0, mover.changeMs, &mover)
            assign(1, mover.changeMs + gap, &mover, &random)
            later(below: random.pick([1, 86_400_000, 8 * 86_400_000]), &mover, &random)
            let again = mover.changeMs + gap + 1 + Int64(random.below(4 * 86_400_000))
            release(1, again, &mover)
            assign(mover.kind == .back ? 0 : 2, again, &mover, &random)
        case .recycled:
            release(0, mover.changeMs, &mover)
            later(below: 25 * 86_400_000, &mover, &random)
            assign(1, mover.changeMs + gap, &mover, &random)
        case .released:
            release(0, mover.changeMs, &mover)
        case .afterEnd:
            var end = EndSubscription()
            (end.account, end.subscription) = mover.holders[0]
            end.atMs = mover.changeMs
            command(mover.nextID("end"), at: mover.lastAt) { $0.endSubscription = end }
            later(below: random.pick([1, 8 * 86_400_000]), &mover, &random)
            assign(1, mover.changeMs + gap, &mover, &random)
        case .undone:
            release(0, mover.changeMs, &mover)
            assign(1, mover.changeMs, &mover, &random)
            later(below: random.pick([1, 8 * 86_400_000]), &mover, &random)
            release(1, mover.changeMs, &mover)
            assign(0, mover.changeMs, &mover, &random)
        }
    }

    private func later(below bound: Int, _ mover: inout Mover, _ random: inout SeededRandom) { mover.lastAt += Int64(random.below(bound)) }

    private mutating func release(_ holder: Int, _ atMs: Int64, _ mover: inout Mover) {
        var release = ReleaseIdentifier()
        (release.account, release.subscription) = mover.holders[holder]
        release.identifier = Self.portedMsisdn(mover.number)
        release.atMs = atMs
        command(mover.nextID("release"), at: mover.lastAt) { $0.releaseIdentifier = release }
    }

    private mutating func assign(_ holder: Int, _ fromMs: Int64, _ mover: inout Mover, _ random: inout SeededRandom) {
        if holder == 1, mover.isNew { return activate(mover, 1, random.pick(Self.linearPlans), from: fromMs, true, at: mover.lastAt) }
        var assign = AssignIdentifier()
        (assign.account, assign.subscription) = mover.holders[holder]
        assign.identifier = Self.portedMsisdn(mover.number)
        assign.fromMs = fromMs
        command(mover.nextID("assign"), at: mover.lastAt) { $0.assignIdentifier = assign }
    }

    /// Half of it around the change. Each is sent when it was made, or late; most of them again, byte for byte, into other partitions.
    private mutating func addUsage(_ mover: Mover, _ random: inout SeededRandom) {
        for place in 0..<(5 + random.below(4)) {
            var startMs = Self.start + Self.day + Int64(random.below(28 * 86_400_000))
            if place % 2 == 0 { startMs = mover.changeMs + Int64(random.below(6 * 86_400_000)) - 3 * Self.day }
            // The very moment of the change is the next holder's.
            if place == 3 { startMs = mover.changeMs - Int64(random.below(2)) }
            var raw = RawUsage()
            raw.source = "msc-1"
            raw.stream = "ports"
            raw.recordID = "port-\(mover.number)-\(place)"
            raw.type = random.happens(perMille: 700) ? "voice" : "sms"
            raw.subscriber = Self.portedMsisdn(mover.number)
            raw.otherParty = "420777123456"
            raw.startMs = min(startMs, Self.start + 29 * Self.day)
            raw.quantity = raw.type == "voice" ? "\(1 + random.below(900))" : "1"
            if raw.type == "voice" { raw.unit = "s" }
            let bytes: [UInt8] = (try? raw.serializedBytes()) ?? []
            let late = random.happens(perMille: 250) ? Int64(random.below(12 * 86_400_000)) : Int64(random.below(7_200_000))
            var times = [raw.startMs + late]
            // Before the first command, between it and the last, and after that.
            for _ in 0..<random.below(4) {
                let spans = [(raw.startMs, mover.toldAt), (mover.toldAt, mover.lastAt), (mover.lastAt, mover.lastAt + 14 * Self.day)]
                let (from, to) = random.pick(spans)
                times.append(from + Int64(random.below(max(1, Int(to - from)))))
            }
            for at in times {
                send(.raw(partition: random.below(64), value: bytes, contentType: "application/x-protobuf"), at: max(at, raw.startMs))
            }
        }
    }
}
