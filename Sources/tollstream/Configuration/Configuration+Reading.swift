import Events
import Foundation
import KafkaRuntime
import Pipeline
import Yams

extension Configuration {
    /// Reads the file, then the environment, then the command line; the later wins.
    ///
    /// - Throws: `CommandFailure` with exit code 78 naming the file and the key, or the variable.
    static func read(
        file: String?, bootstrapServers: String?, namespace: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Configuration {
        var values: [String: String] = [:]
        var kafka: [String: String] = [:]
        if let path = file ?? environment["TOLLSTREAM_CONFIG"] ?? (FileManager.default.fileExists(atPath: "tollstream.yaml") ? "tollstream.yaml" : nil) {
            try readFile(path, &values, &kafka)
        }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("TOLLSTREAM_") {
            let rest = name.dropFirst("TOLLSTREAM_".count)
            if rest.hasPrefix("KAFKA_") {
                kafka[rest.dropFirst("KAFKA_".count).lowercased().replacingOccurrences(of: "_", with: ".")] = value
            } else if let key = environmentKeys[String(rest)] {
                values[key] = value
            } else if !isOfOthers(String(rest), value) {
                let known = environmentKeys.keys.sorted().map { "TOLLSTREAM_\($0)" }.joined(separator: ", ")
                throw CommandFailure.configuration(
                    "\(name) is not known; known are \(known), TOLLSTREAM_CONFIG, TOLLSTREAM_LOG_LEVEL, TOLLSTREAM_LOG_FORMAT and TOLLSTREAM_KAFKA_…")
            }
        }
        _ = try LogSettings(environment)
        if let bootstrapServers { values["bootstrapServers"] = bootstrapServers }
        if let namespace { values["namespace"] = namespace }
        return try make(values, kafka)
    }

    private static let environmentKeys = [
        "BOOTSTRAP_SERVERS": "bootstrapServers", "NAMESPACE": "namespace", "SLOT": "slot", "TOPICS": "topics", "VIEW": "view",
        "HTTP_HOST": "http.host", "HTTP_PORT": "http.port", "BATCH_MAX_RECORDS": "batch.maxRecords", "BATCH_MAX_BYTES": "batch.maxBytes",
        "BATCH_MAX_MS": "batch.maxMs", "BATCH_LINGER_MS": "batch.lingerMs",
        "STATE_FORMAT": "stateFormat",
    ]

    /// Variables that are not configuration: of the log, of the scripts under Deploy and Tests (they pass theirs on to what they start), and
    /// those that Kubernetes makes up for a service whose name begins with tollstream.
    private static func isOfOthers(_ name: String, _ value: String) -> Bool {
        let names: Set = ["CONFIG", "LOG_LEVEL", "LOG_FORMAT", "WORK", "BROKER", "BENCH", "MEASURE", "WRITE_GOLDENS", "SIMULATION_SEED", "SIMULATION_SEEDS"]
        return names.contains(name) || ["TEST_", "CHAOS_"].contains { name.hasPrefix($0) }
            || ["SERVICE_HOST", "SERVICE_PORT", "PORT_"].contains { name.contains($0) }
            || (name.hasSuffix("PORT") && value.contains("://"))
    }

    private static func readFile(_ path: String, _ values: inout [String: String], _ kafka: inout [String: String]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure.configuration("\(path): can't be read; name another file with --config")
        }
        let root: Node.Mapping
        do {
            guard let node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) else { return }
            guard let mapping = node.mapping else { throw CommandFailure.configuration("\(path):1: expected keys and values") }
            root = mapping
        } catch let error as YamlError {
            throw CommandFailure.configuration("\(path): \(String(describing: error).replacingOccurrences(of: "\n", with: " "))")
        }
        for (keyNode, value) in root {
            let key = keyNode.string ?? ""
            let line = keyNode.mark?.line ?? 0
            switch key {
            case "bootstrapServers", "namespace", "slot", "topics", "view", "stateFormat":
                guard let text = value.scalar?.string else { throw CommandFailure.configuration("\(path):\(line): \(key) takes one value") }
                values[key] = text
            case "http", "batch", "kafka":
                guard let entries = value.mapping else { throw CommandFailure.configuration("\(path):\(line): \(key) takes keys and values") }
                for (name, entry) in entries {
                    guard let name = name.string, let text = entry.scalar?.string else {
                        throw CommandFailure.configuration("\(path):\(line): each entry of \(key) takes one value")
                    }
                    if key == "kafka" {
                        kafka[name] = text
                    } else if environmentKeys.values.contains("\(key).\(name)") {
                        values["\(key).\(name)"] = text
                    } else {
                        let known = environmentKeys.values.filter { $0.hasPrefix(key + ".") }.map { $0.dropFirst(key.count + 1) }.sorted()
                        throw CommandFailure.configuration(
                            "\(path):\(line): unknown key \"\(name)\" of \(key); known are \(known.joined(separator: ", "))")
                    }
                }
            default:
                throw CommandFailure.configuration(
                    "\(path):\(line): unknown key \"\(key)\"; known are bootstrapServers, namespace, slot, topics, view, stateFormat, http, batch and kafka")
            }
        }
    }

    private static func make(_ values: [String: String], _ kafka: [String: String]) throws -> Configuration {
        guard let namespace = Namespace(values["namespace"] ?? "") else {
            throw CommandFailure.configuration("namespace \"\(values["namespace"] ?? "")\" may hold only letters, digits, - and _, at most 100")
        }
        let slot = values["slot"] ?? "0"
        guard Namespace(slot) != nil, !slot.isEmpty else {
            throw CommandFailure.configuration("slot \"\(slot)\" may hold only letters, digits, - and _")
        }
        let batch = try Batch(
            maxRecords: number(values, "batch.maxRecords", 1...1_000_000), maxBytes: number(values, "batch.maxBytes", 1...1_000_000_000),
            maxMs: number(values, "batch.maxMs", 1...4_999).map(Int64.init), lingerMs: number(values, "batch.lingerMs", 0...4_999).map(Int64.init))
        guard let stateFormat = StateFormatSetting(rawValue: values["stateFormat"] ?? "auto") else {
            throw CommandFailure.configuration("stateFormat is \"\(values["stateFormat"] ?? "")\"; expected auto, 1 or 2")
        }
        var kafka = kafka
        let servers = values["bootstrapServers"] ?? kafka["bootstrap.servers"] ?? "127.0.0.1:9092"
        kafka["bootstrap.servers"] = nil
        let client = try ClientConfiguration(bootstrapServers: servers, namespace: namespace, properties: kafka)
        return Configuration(
            client: client, slot: slot, topics: values["topics"] ?? "Topics",
            view: values["view"] ?? ".tollstream/\(namespace.prefix.isEmpty ? "main" : namespace.prefix).view.sqlite",
            http: HTTP(host: values["http.host"] ?? "127.0.0.1", port: try number(values, "http.port", 0...65_535)), batch: batch, stateFormat: stateFormat)
    }

    private static func number(_ values: [String: String], _ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = values[key] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw CommandFailure.configuration("\(key) is \"\(text)\"; expected \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
