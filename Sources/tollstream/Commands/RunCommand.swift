import ArgumentParser
import Events
import Foundation
import HTTPAPI
import KafkaRuntime
import Logging
import Pipeline

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run stages until stopped, or until there is nothing left to read.",
        discussion: """
            The stages are customers, normalize, recycle, rate, move, aggregate, invoice, number and project; "all" is every one of them. Rate \
            brings move with it where that is not named. SIGTERM and Ctrl-C drain and commit. A failure stops the process with an exit code \
            that is not 0, for a supervisor to start it again.

            A slot is the place of one process among those that run the same stage: it makes the transactional ids. A process that starts \
            takes its slot over, which is how a killed one comes back at once; so two running ones must never share a slot: the first \
            would stop. To share the work of a stage, start a second process with another --slot, or raise --instances.

            How far a stage has read is kept with its state; the larger of that and of the group's offset counts. State that an older build \
            wrote goes on in format 1, so that the upgrade can be rolled back, until stateFormat (TOLLSTREAM_STATE_FORMAT) is 2; what \
            begins anew is in format 2. A stage that can't tell how far it has read does not start, and says what to do.

            Example:
              tollstream run rate --slot a --http-port 9464
              tollstream run all --until-idle
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Workers of each stage in this process; each is a thread with a consumer and a producer of its own.") var instances = 1
    @Option(help: "This process' name among those that run the same stage; else TOLLSTREAM_SLOT, else 0.") var slot: String?
    @Option(help: "Serve /health, /ready and /metrics here; 0 picks a free port. Else TOLLSTREAM_HTTP_PORT, else none.") var httpPort: Int?
    @Flag(help: "Stop when no stage of the process has had anything to read for three seconds.") var untilIdle = false
    @Option(help: ArgumentHelp("Write counts, times, CPU and memory here when it stops.", valueName: "file")) var report: String?
    @Flag(help: "This slot goes away for good when it stops: leave the group at once instead of holding its partitions for its return.")
    var temporary = false
    @Argument(help: "The stages.") var stages: [String]

    func run() async throws {
        var configuration = try global.configuration()
        if let slot {
            guard !slot.isEmpty, Namespace(slot) != nil else { throw CommandFailure.usage("--slot \(slot): only letters, digits, - and _") }
            configuration.slot = slot
        }
        guard (1...64).contains(instances) else { throw CommandFailure.usage("--instances \(instances): expected 1 to 64") }
        if let httpPort {
            guard (0...65_535).contains(httpPort) else { throw CommandFailure.usage("--http-port \(httpPort): expected 0 to 65535") }
            configuration.http.port = httpPort
        }
        // Found out now, not after hours of work.
        if let report, !FileManager.default.createFile(atPath: report, contents: nil) {
            throw CommandFailure.data("--report \(report): can't be written")
        }
        let plan = try StagePlan(stages).withCompanions
        try LogSettings().install()
        let logger = Logger(label: "tollstream")
        let metrics = MetricsRegistry()
        var options = WorkerOptions(instance: configuration.slot)
        if let ms = configuration.client.properties["transaction.timeout.ms"].flatMap({ Int($0) }) { options.transactionTimeoutMs = ms }
        if let records = configuration.batch.maxRecords { options.maxBatchRecords = records }
        if let bytes = configuration.batch.maxBytes { options.maxBatchBytes = bytes }
        if let ms = configuration.batch.maxMs { options.maxBatchMs = ms }
        if let ms = configuration.batch.lingerMs { options.lingerMs = ms }
        options.stateFormat = configuration.stateFormat
        options.untilIdle = untilIdle
        options.isStaticMember = !temporary
        let group = try StageGroup(plan, configuration, options, instances: instances, metrics: metrics, logger: logger)
        logger.info(
            "starting; a process that runs the same stage with the same slot is put out by this one, so give each --slot its own name",
            metadata: ["stages": "\(stages.joined(separator: ","))", "slot": "\(configuration.slot)", "namespace": "\(configuration.client.namespace)"])
        let stop = StopSignal.install { group.stop() }
        let server = try await OperationsEndpoint.start(configuration.http, group, metrics, logger)
        group.start()
        do {
            try await group.waitUntilFinished()
        } catch {
            await server?.stop()
            if group.projection?.mustExitAtOnce == true {
                let failure = CommandFailure(error)
                Terminal.error(failure.message)
                _exit(failure.exitCode)
            }
            throw error
        }
        await server?.stop()
        if let report { try ProcessReport(group.runners.map(\.snapshot)).write(to: report) }
        _ = stop
        if group.projection?.mustExitAtOnce == true { _exit(0) }
    }
}
