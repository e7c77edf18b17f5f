import ArgumentParser
import Events
import KafkaRuntime

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Compare the topic files with a cluster, and bring the cluster to them. Never deletes.",
        discussion: """
            Example:
              tollstream topics plan --namespace demo
              tollstream topics apply --namespace demo
            """,
        subcommands: [Plan.self, Apply.self])

    struct Options: ParsableArguments {
        @OptionGroup var global: GlobalOptions

        @Option(help: ArgumentHelp("The folder of topic files; else TOLLSTREAM_TOPICS, else ./Topics.", valueName: "dir"))
        var topics: String?

        @Option(help: "Copies of each new topic's partitions; -1 is the cluster's own default.")
        var replicationFactor = -1

        @Option(help: "Another partition count for all topics that have 12 in their files, when they are first made.")
        var partitions: Int?

        @Flag(help: "Print JSON.")
        var json = false

        func changes(_ admin: TopicAdmin, _ configuration: Configuration) throws -> [TopicChange] {
            if let partitions, partitions < 1 { throw CommandFailure.usage("--partitions \(partitions): at least 1 is needed") }
            let files = try TopicFile.readAll(topics ?? configuration.topics)
            let specifications = Topic.allCases.compactMap { topic -> TopicSpecification? in
                guard var file = files[topic] else { return nil }
                if let partitions, file.partitions == 12 { file.partitions = partitions }
                return file.specification(topic, replicationFactor: replicationFactor)
            }
            return try admin.plan(specifications)
        }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the difference between the files and the cluster.",
            discussion: "Example:\n  tollstream topics plan --namespace demo --json\n\nExits 1 where a topic can't be brought to its file.")
        @OptionGroup var options: Options

        func run() throws {
            let configuration = try options.global.configuration()
            let changes = try options.changes(configuration.client.admin(), configuration)
            try TopicsCommand.show(changes, configuration, json: options.json)
            try TopicsCommand.refuseConflicts(changes)
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create missing topics and alter settings.",
            discussion: "Example:\n  tollstream topics apply --namespace demo\n\nNothing is done where any topic has a wrong partition count.")
        @OptionGroup var options: Options

        func run() throws {
            let configuration = try options.global.configuration()
            let admin = try configuration.client.admin()
            let changes = try options.changes(admin, configuration)
            try TopicsCommand.show(changes, configuration, json: options.json)
            try TopicsCommand.refuseConflicts(changes)
            try admin.apply(changes)
        }
    }

    struct Row: Encodable {
        var action: String
        var text: String

        init(_ change: TopicChange) {
            action =
                switch change {
                case .unchanged: "none"
                case .create: "create"
                case .alter: "alter"
                case .wrongPartitionCount: "conflict"
                }
            text = change.description
        }
    }

    static func show(_ changes: [TopicChange], _ configuration: Configuration, json: Bool) throws {
        if json { return try JSONOutput.print(changes.map(Row.init)) }
        Terminal.note("namespace \(configuration.client.namespace) on \(configuration.client.bootstrapServers)")
        for change in changes { Terminal.output(change.description) }
    }

    static func refuseConflicts(_ changes: [TopicChange]) throws {
        let conflicts = changes.filter(\.isError)
        guard let first = conflicts.first else { return }
        throw CommandFailure.negative("\(conflicts.count) topic(s) can't be brought to their files, first \(first)")
    }
}
