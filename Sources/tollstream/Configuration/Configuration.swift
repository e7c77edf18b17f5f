import Events
import KafkaRuntime
import Pipeline

/// What a process needs to know of its surroundings. Read by `Configuration+Reading`.
struct Configuration {
    var client: ClientConfiguration
    /// The name of this worker slot: with stage and worker it makes the transactional id, and must be unique among the processes
    /// of a namespace.
    var slot: String
    /// The folder of topic files.
    var topics: String
    /// The file of the customer view.
    var view: String
    var http: HTTP
    /// The limits of a worker's transaction, where they are not the defaults.
    var batch: Batch
    /// What changelogs are written in.
    var stateFormat: StateFormatSetting

    struct Batch {
        var maxRecords: Int?
        var maxBytes: Int?
        var maxMs: Int64?
        /// How long to wait for more when the input has run dry.
        var lingerMs: Int64?
    }

    struct HTTP {
        var host: String
        /// 0 picks a free port; nil serves nothing.
        var port: Int?
    }
}
