/// One usage of the traffic, before it is encoded. Numbers stay numbers, so that making one allocates nothing.
struct TrafficUsage {
    enum Kind: UInt64 { case voice, sms, data }

    var kind: Kind
    /// Which of a kind's sources sent it, from 1.
    var source: UInt64
    var seed: UInt64
    var index: UInt64
    /// An msisdn, or an imsi for data.
    var subscriber: UInt64
    /// Zero for none.
    var otherParty: UInt64
    var startMs: Int64
    /// Thousandths of a second, byte or event.
    var quantity: UInt64

    /// What stands in the place of a field's own value.
    var quantityText: StaticString?
    var startText: StaticString?
    var hasInvalidUTF8 = false
    var hasNumberForString = false
    var padding = 0
}

extension TrafficUsage {
    /// As canonical protobuf.
    func protobuf() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        func field(_ number: UInt8, _ write: (inout [UInt8]) -> Void) {
            bytes.append(number << 3 | 2)
            let length = bytes.count
            bytes.append(0)
            write(&bytes)
            // Every text of the traffic is shorter than 128 bytes.
            bytes[length] = UInt8(bytes.count - length - 1)
        }
        field(1, writeSource)
        field(2, writeStream)
        field(3, writeRecordID)
        field(4, writeType)
        field(5, writeSubscriber)
        if otherParty > 0 { field(6) { $0.append(decimal: otherParty) } }
        if let startText {
            field(7) { $0.append(startText) }
        } else {
            bytes.append(8 << 3)
            var rest = UInt64(startMs)
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        field(9, writeQuantity)
        return bytes
    }

    /// As canonical JSON.
    func json() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + padding)
        func field(_ name: StaticString, isNumber: Bool = false, _ write: (inout [UInt8]) -> Void) {
            bytes.append(name)
            if !isNumber { bytes.append(UInt8(ascii: "\"")) }
            write(&bytes)
            if !isNumber { bytes.append(UInt8(ascii: "\"")) }
        }
        field("{\"source\":", writeSource)
        field(",\"stream\":", writeStream)
        field(",\"recordId\":", writeRecordID)
        field(",\"type\":", writeType)
        field(",\"subscriber\":", writeSubscriber)
        if otherParty > 0 { field(",\"otherParty\":") { $0.append(decimal: otherParty) } }
        field(",\"start\":") { if let startText { $0.append(startText) } else { $0.append(rfc3339: startMs) } }
        field(",\"quantity\":", isNumber: hasNumberForString, writeQuantity)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The source's id of the record: unique for each seed.
    func writeRecordID(_ bytes: inout [UInt8]) {
        bytes.append(decimal: seed)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: index)
        if padding > 0 { bytes.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: padding)) }
    }

    private func writeSource(_ bytes: inout [UInt8]) {
        switch kind {
        case .voice: bytes.append("msc-")
        case .sms: bytes.append("smsc-")
        case .data: bytes.append("pgw-")
        }
        bytes.append(decimal: source)
        if hasInvalidUTF8 { bytes.append(0xff) }
    }

    private func writeStream(_ bytes: inout [UInt8]) {
        switch kind {
        case .voice: bytes.append("calls")
        case .sms: bytes.append("messages")
        case .data: bytes.append("sessions")
        }
    }

    private func writeType(_ bytes: inout [UInt8]) {
        switch kind {
        case .voice: bytes.append("voice")
        case .sms: bytes.append("sms")
        case .data: bytes.append("data")
        }
    }

    func writeSubscriber(_ bytes: inout [UInt8]) {
        bytes.append(kind == .data ? "imsi:" : "msisdn:")
        bytes.append(decimal: subscriber)
    }

    private func writeQuantity(_ bytes: inout [UInt8]) {
        if let quantityText { return bytes.append(quantityText) }
        bytes.append(decimal: quantity / 1000)
        let thousandths = quantity % 1000
        if thousandths > 0 {
            bytes.append(UInt8(ascii: "."))
            bytes.append(decimal: thousandths, digits: 3)
        }
    }
}
