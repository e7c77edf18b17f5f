import Events
import Foundation
import KafkaRuntime
import Yams

/// One file under Topics/: what a topic is for and how it is kept.
struct TopicFile: Decodable {
    var topic: String
    var purpose: String
    var owner: String
    var producers: [String]
    var consumers: [String]
    var key: String
    var keyReason: String
    var partitions: Int
    var retention: Retention
    var cleanup: String
    var recordLimit: Int
    var schema: String
    var encoding: String
    var accepts: [String]?
    var config: [String: String]?

    struct Retention: Decodable {
        /// Milliseconds; -1 for ever.
        var ms: Int64
        var text: String
        var basis: String
        var archive: String
    }

    /// Reads all files below `folder`, one for each topic that the program knows.
    ///
    /// - Throws: `CommandFailure` (78) naming the file and what is wrong with it.
    static func readAll(_ folder: String) throws -> [Topic: TopicFile] {
        let folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue,
            let walker = FileManager.default.enumerator(atPath: folder)
        else {
            throw CommandFailure.configuration("\(folder): there is no such folder; name that of the topic files with --topics or TOLLSTREAM_TOPICS")
        }
        var files: [Topic: TopicFile] = [:]
        for case let name as String in walker where name.hasSuffix(".yaml") {
            let path = folder + "/" + name
            let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            let file: TopicFile
            do {
                file = try YAMLDecoder().decode(TopicFile.self, from: text)
            } catch let DecodingError.keyNotFound(key, _) {
                throw CommandFailure.configuration("\(path): the key \"\(key.stringValue)\" is missing")
            } catch let DecodingError.typeMismatch(_, context) {
                throw CommandFailure.configuration("\(path): \(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)")
            } catch {
                throw CommandFailure.configuration("\(path): \(String(describing: error).replacingOccurrences(of: "\n", with: " "))")
            }
            guard let topic = Topic(rawValue: file.topic) else {
                throw CommandFailure.configuration("\(path): topic \"\(file.topic)\" is not known to this program")
            }
            guard files.updateValue(file, forKey: topic) == nil else {
                throw CommandFailure.configuration("\(path): topic \"\(file.topic)\" has another file already")
            }
        }
        for topic in Topic.allCases where files[topic] == nil {
            throw CommandFailure.configuration(
                "\(folder): no file describes the topic \(topic.rawValue); is it the folder of the topic files? --topics or TOLLSTREAM_TOPICS names another")
        }
        try checkPartitionCounts(files)
        return files
    }

    /// Account-keyed topics must agree, else an account would not have one order; and a changelog follows its stage's input.
    private static func checkPartitionCounts(_ files: [Topic: TopicFile]) throws {
        let pairs: [(Topic, Topic)] =
            Topic.allCases.filter(\.isAccountKeyed).map { ($0, .usageNormalized) } + [
                (.stateNormalize, .usageRaw), (.stateRecycle, .usageSuspended), (.stateNumber, .billingDrafts), (.stateCustomers, .customersCommands),
                (.stateInvoice, .billingPeriods), (.stateMove, .usageMoves),
            ]
        for (topic, other) in pairs where files[topic]?.partitions != files[other]?.partitions {
            throw CommandFailure.configuration(
                "\(topic.rawValue) has \(files[topic]?.partitions ?? 0) partitions and \(other.rawValue) has "
                    + "\(files[other]?.partitions ?? 0): they must be co-partitioned")
        }
    }

    func specification(_ topic: Topic, replicationFactor: Int) -> TopicSpecification {
        var configs = config ?? [:]
        configs["cleanup.policy"] = cleanup
        configs["retention.ms"] = String(retention.ms)
        configs["max.message.bytes"] = String(recordLimit)
        return TopicSpecification(
            topic: topic, partitions: Int32(partitions), replicationFactor: Int32(replicationFactor), configs: configs)
    }
}
