import Foundation
import Logging

/// A log handler that writes one line of `key=value` pairs to standard error, which both people and log collectors read.
struct LogLine: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = ProcessInfo.processInfo.environment["TOLLSTREAM_LOG_LEVEL"].flatMap(Logger.Level.init(rawValue:)) ?? .info
    private let label: String

    init(_ label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        Terminal.write("\(time) \(event.level) \(Self.quoted("\(event.message)"))\(pairs)\n", to: 2)
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        if plain && !text.isEmpty { return text }
        let escaped = text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
        return "\"" + escaped.replacingOccurrences(of: "\n", with: "\\n") + "\""
    }
}
