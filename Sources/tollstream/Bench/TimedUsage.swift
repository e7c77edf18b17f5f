import Events
import Foundation
import KafkaRuntime

/// A raw usage that was encoded before it is sent: only its start is written when it goes out.
struct TimedUsage {
    private let key: String
    private let value: [UInt8]
    /// Where the six bytes of the start's varint lie.
    private let startAt: Int

    /// Any time of this century has six bytes.
    private static let sampleMs: Int64 = 1_790_812_812_345

    static func encode(_ count: Int, _ traffic: BenchTraffic, run: String) throws -> [TimedUsage] {
        try (0..<count).map { number in
            let usage = traffic.usage(number, run: run, startMs: sampleMs)
            let value: [UInt8] = try usage.serializedBytes()
            let sought = varint(sampleMs)
            guard let at = value.indices.dropLast(sought.count - 1).last(where: { value[$0...].starts(with: sought) }) else {
                throw CommandFailure.negative("a usage's start is not where its schema says")
            }
            return TimedUsage(key: usage.subscriber, value: value, startAt: at)
        }
    }

    /// Sends it as starting now.
    func send(_ writer: LogWriter) throws {
        var value = value
        value.replaceSubrange(startAt..<startAt + 6, with: Self.varint(Int64(Date().timeIntervalSince1970 * 1000)))
        try writer.send(.usageRaw, key: key, value: value, headers: Self.headers)
    }

    private static let headers: [(name: String, value: [UInt8])] = [("content-type", Array("application/x-protobuf".utf8))]

    private static func varint(_ ms: Int64) -> [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: ms >> (7 * $0)) & 0x7f | ($0 < 5 ? 0x80 : 0) }
    }
}
