import ArgumentParser
import Events

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file; else TOLLSTREAM_CONFIG, else ./tollstream.yaml.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("host:port of the Kafka brokers, comma-separated; else TOLLSTREAM_BOOTSTRAP_SERVERS.", valueName: "servers"))
    var bootstrapServers: String?

    @Option(help: ArgumentHelp("The prefix of topics, groups and transactional ids; else TOLLSTREAM_NAMESPACE.", valueName: "name"))
    var namespace: String?

    func configuration() throws -> Configuration {
        try Configuration.read(file: config, bootstrapServers: bootstrapServers, namespace: namespace)
    }
}
