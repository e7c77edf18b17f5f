import Events
import Quantities

extension ScenarioBuilder {
    /// Usage as networks send it: some twice, some late, some of strangers, some of zero, some that is no usage at all.
    mutating func addUsage(_ events: Int, accounts: Int) {
        for number in 0..<events {
            let startMs = Self.start + Int64(random.below(Self.usageDays)) * Self.day + Int64(random.below(86_400_000))
            let isLate = random.happens(perMille: 80)
            let arrival = startMs + Int64(random.below(7_200_000)) + (isLate ? Int64(random.below(40)) * Self.day : 0)
            let item = random.happens(perMille: 80) ? malformed(startMs) : usage(number, startMs, accounts)
            send(item, at: arrival)
            if random.happens(perMille: 120), case .raw(_, let value, let contentType) = item {
                let again = Scenario.Item.raw(partition: random.below(64), value: value, contentType: contentType)
                send(again, at: arrival + Int64(random.below(10)) * Self.day)
            }
        }
    }

    /// In some towns one subscriber uses more in a month than 64 bits of millionths of a byte hold: some of it comes twice, some of it late.
    mutating func addLargeUsage(_ accounts: Int) -> Bool {
        guard random.happens(perMille: 300) else { return false }
        let (account, month) = (random.below(accounts), Int64(random.below(2)))
        for number in 0..<11 + random.below(6) {
            var raw = RawUsage()
            raw.source = "ggsn"
            raw.stream = "large"
            raw.recordID = "large-\(number)"
            raw.type = "data"
            raw.subscriber = "msisdn:" + Self.msisdn(account)
            // In the second half of a month all are customers.
            raw.startMs = Self.start + (month * 31 + 20) * Self.day + Int64(random.below(5 * 86_400_000))
            raw.quantity = "\(900 + random.below(100)).\(random.below(1_000_000))"
            raw.unit = "GB"
            let item = encoded(raw)
            let arrival = raw.startMs + Int64(random.below(3 * 86_400_000)) + (random.happens(perMille: 200) ? 30 * Self.day : 0)
            send(item, at: arrival)
            if random.happens(perMille: 200) { send(item, at: arrival + Int64(random.below(10)) * Self.day) }
        }
        return true
    }

    /// What no usage can be: a call of three years, a million messages at once, a start ten years on.
    mutating func addAbsurdUsage(_ accounts: Int) {
        for number in 0..<random.below(4) {
            var raw = RawUsage()
            raw.source = "msc-1"
            raw.stream = "absurd"
            raw.recordID = "absurd-\(number)"
            raw.type = number == 1 ? "sms" : "voice"
            raw.subscriber = "msisdn:" + Self.msisdn(random.below(accounts))
            raw.startMs = Self.start + Int64(random.below(Self.usageDays)) * Self.day + (number == 2 ? 3653 * Self.day : 0)
            raw.quantity = number == 0 ? "94608000" : number == 1 ? "1000001" : "60"
            send(encoded(raw), at: Self.start + Int64(1 + random.below(70)) * Self.day)
        }
    }

    private mutating func usage(_ number: Int, _ startMs: Int64, _ accounts: Int) -> Scenario.Item {
        var raw = RawUsage()
        raw.source = random.pick(["msc-1", "msc-2"])
        raw.stream = "calls"
        // Without an id of its own the content identifies the record.
        if random.happens(perMille: 850) { raw.recordID = "r-\(number)" }
        raw.type = random.pick(["voice", "voice", "voice", "sms", "data", "payment"])
        raw.subscriber = random.happens(perMille: 60) ? "msisdn:999000\(random.below(10))" : "msisdn:" + Self.msisdn(random.below(accounts))
        raw.otherParty = random.pick(["420777123456", "420222123456", "420901234567", "420800123456", "49301234567", "33123456789"])
        // Long before anyone was a customer.
        let time = random.happens(perMille: 30) ? startMs - 3000 * Self.day : startMs
        if random.happens(perMille: 500) {
            raw.startMs = time
        } else {
            raw.start = Timestamp(ms: time).description
        }
        switch raw.type {
        case "voice":
            raw.quantity = random.happens(perMille: 80) ? "0" : "\(random.below(1800)).\(random.below(10))"
            raw.unit = "s"
        case "data":
            raw.quantity = "\(random.below(400)).\(random.below(100))"
            raw.unit = "MB"
        case "payment":
            raw.quantity = "\(random.below(500)).\(random.below(100))"
            raw.unit = "amount"
        default:
            raw.quantity = "1"
        }
        return encoded(raw)
    }

    private mutating func encoded(_ raw: RawUsage) -> Scenario.Item {
        let isJSON = random.happens(perMille: 400)
        let partition = random.below(64)
        guard isJSON, let json: [UInt8] = try? raw.jsonUTF8Bytes() else {
            let bytes: [UInt8] = (try? raw.serializedBytes()) ?? []
            let type = random.happens(perMille: 500) ? "application/x-protobuf" : nil
            return .raw(partition: partition, value: bytes, contentType: type)
        }
        return .raw(partition: partition, value: json, contentType: random.happens(perMille: 500) ? "application/json" : nil)
    }

    /// Bytes of hostile or broken senders.
    private mutating func malformed(_ startMs: Int64) -> Scenario.Item {
        var raw = RawUsage()
        raw.source = "msc-bad"
        raw.type = "voice"
        raw.subscriber = "msisdn:" + Self.msisdn(0)
        raw.startMs = startMs
        raw.quantity = "60"
        let partition = random.below(64)
        func json(_ raw: RawUsage) -> Scenario.Item {
            .raw(partition: partition, value: try? raw.jsonUTF8Bytes(), contentType: "application/json")
        }
        switch random.below(8) {
        case 0: return .raw(partition: partition, value: nil, contentType: nil)
        case 1: return .raw(partition: partition, value: [], contentType: "application/json")
        case 2: return .raw(partition: partition, value: Array("{\"source\":\"msc-1\",\"type\":\"vo".utf8), contentType: "application/json")
        case 3: return .raw(partition: partition, value: [0xff, 0xfe, 0x80, UInt8(random.below(256))], contentType: nil)
        case 4:
            raw.quantity = "-5"
            return json(raw)
        case 5:
            raw.quantity = "99999999999999999999999999"
            return json(raw)
        case 6:
            raw.type = "teleport"
            return json(raw)
        default:
            raw.startMs = 0
            raw.start = "9999-12-31T23:59:59Z"
            return json(raw)
        }
    }
}
