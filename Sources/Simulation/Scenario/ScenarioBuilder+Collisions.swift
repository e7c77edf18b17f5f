import Events
import Quantities

extension ScenarioBuilder {
    /// Ids that several records have: sessions that access servers count each for itself, and records that kept the id of another one.
    mutating func addCollisions(accounts: Int) {
        // From a stream of its own, so that the town is otherwise what it was.
        var random = SeededRandom(seed: self.random.next() ^ 0x636f_6c6c_6964_6521)
        for number in 0..<4 {
            let startMs = Self.start + Int64(random.below(Self.usageDays)) * Self.day + Int64(random.below(86_400_000))
            var session = RawUsage()
            session.source = "nas"
            session.stream = "sessions"
            session.recordID = "0000000\(number)"
            session.type = "data"
            session.startMs = startMs
            session.unit = "MB"
            for _ in 0..<3 {
                session.subscriber = "msisdn:" + Self.msisdn(random.below(accounts))
                session.quantity = "\(1 + random.below(50))"
                sendTwice(session, at: startMs + Int64(random.below(7_200_000)), &random)
            }

            var call = RawUsage()
            call.source = "pbx"
            call.stream = "calls"
            call.recordID = "17911962\(number).12"
            call.type = "voice"
            call.subscriber = "msisdn:" + Self.msisdn(random.below(accounts))
            call.otherParty = "420777123456"
            call.startMs = startMs
            call.unit = "s"
            // What tells them apart may be any part of the content but the start, for which of them is accepted is chance.
            call.quantity = "60"
            sendTwice(call, at: startMs, &random)
            call.quantity = "600"
            sendTwice(call, at: startMs + 1000, &random)
        }
    }

    private mutating func sendTwice(_ raw: RawUsage, at: Int64, _ random: inout SeededRandom) {
        for again in 0..<(random.happens(perMille: 500) ? 2 : 1) {
            var copy = raw
            // The same, spelled another way.
            if again == 1, random.happens(perMille: 500) {
                copy.start = Timestamp(ms: raw.startMs).description
                copy.startMs = 0
                copy.quantity += ".0"
                copy.subscriber = "+" + raw.subscriber.dropFirst(7)
            }
            let bytes: [UInt8] = (try? copy.serializedBytes()) ?? []
            let item = Scenario.Item.raw(partition: random.below(64), value: bytes, contentType: "application/x-protobuf")
            send(item, at: at + Int64(again) * Int64(random.below(5)) * Self.day)
        }
    }
}
