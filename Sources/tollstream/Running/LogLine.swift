import Foundation
import Logging

/// How what happens is told on standard error: `TOLLSTREAM_LOG_LEVEL` and `TOLLSTREAM_LOG_FORMAT`.
struct LogSettings {
    enum Format: String, CaseIterable {
        /// For people: the time, the level, the message and `key=value` pairs.
        case text
        /// For log collectors: one object a line, with the time, the level and the message first.
        case json
    }

    /// From `info` on, where nothing is said.
    var level: Logger.Level
    /// Text on a terminal, else JSON, where nothing is said.
    var format: Format

    /// - Throws: `CommandFailure` with exit code 78 naming the variable.
    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        level = try Self.value("TOLLSTREAM_LOG_LEVEL", environment, Logger.Level.allCases) ?? .info
        format = try Self.value("TOLLSTREAM_LOG_FORMAT", environment, Format.allCases) ?? (Terminal.isInteractive ? .text : .json)
    }

    private static func value<T: RawRepresentable<String>>(_ name: String, _ environment: [String: String], _ all: [T]) throws -> T? {
        guard let text = environment[name] else { return nil }
        if let value = T(rawValue: text) { return value }
        throw CommandFailure.configuration("\(name) is \"\(text)\"; expected \(all.map(\.rawValue).joined(separator: ", "))")
    }

    /// Once a process, before the first logger is made.
    func install() { LoggingSystem.bootstrap { _ in LogLine(self) } }
}

/// Writes one line to standard error for whatever happens.
struct LogLine: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let format: LogSettings.Format

    init(_ settings: LogSettings) { (logLevel, format) = (settings.level, settings.format) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        switch format {
        case .text:
            let rest = pairs.map { " \($0.key)=\(Self.quoted($0.value))" }.joined()
            Terminal.write("\(time) \(event.level) \(Self.quoted("\(event.message)"))\(rest)\n", to: 2)
        case .json:
            let all = [("time", time), ("level", event.level.rawValue), ("message", "\(event.message)")] + pairs
            Terminal.write("{" + all.map { "\(Self.json($0)):\(Self.json($1))" }.joined(separator: ",") + "}\n", to: 2)
        }
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        if plain && !text.isEmpty { return text }
        let escaped = text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
        return "\"" + escaped.replacingOccurrences(of: "\n", with: "\\n") + "\""
    }

    private static func json(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
