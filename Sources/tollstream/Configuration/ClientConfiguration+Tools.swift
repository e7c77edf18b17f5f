import KafkaRuntime
import Logging

/// The clients of commands, which log only what a person should act on.
extension ClientConfiguration {
    static var toolLogger: Logger {
        var logger = Logger(label: "tollstream")
        logger.logLevel = .error
        return logger
    }

    func log() -> KafkaLog { KafkaLog(self, logger: Self.toolLogger) }
    func writer(transactionalID: String? = nil) throws -> LogWriter { try LogWriter(self, transactionalID: transactionalID, logger: Self.toolLogger) }
    /// As a probe sends: at least once.
    func probe() throws -> LogWriter { try LogWriter(self, isIdempotent: false, logger: Self.toolLogger) }
    func admin() throws -> TopicAdmin { try TopicAdmin(self, logger: Self.toolLogger) }
}
