import ArgumentParser
import Foundation
import KafkaRuntime

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how far each stage has come, or wait until all have come to the end.",
        discussion: "Example:\n  tollstream status --wait 600")
    @OptionGroup var global: GlobalOptions
    @Option(help: "Wait at most so many seconds until no stage has anything to read; exit 1 if it takes longer.") var wait: Int?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let status = PipelineStatus(log: try global.configuration().client.log())
        var lags = try status.lags()
        if let wait {
            let deadline = Date().addingTimeInterval(TimeInterval(wait))
            let progress = Progress("unread records")
            // Two passes without anything unread and without any movement between them: nothing is on its way.
            var before: [PipelineStatus.StageLag]?
            while !(lags.allSatisfy { $0.unread == 0 } && lags == before) {
                if Date() > deadline {
                    let behind = lags.filter { $0.unread > 0 }.map { "\($0.stage) has \($0.unread) records of \($0.input) to read" }
                    throw CommandFailure.negative("not idle after \(wait) s: \(behind.joined(separator: ", ")); are all stages running?")
                }
                progress.update(lags.reduce(0) { $0 + $1.unread })
                Thread.sleep(forTimeInterval: 0.3)
                before = lags
                lags = try status.lags()
            }
            progress.finish()
        }
        lags = try status.withFormats(lags)
        if json { return try JSONOutput.print(lags) }
        for lag in lags {
            let stage = lag.stage.padding(toLength: 10, withPad: " ", startingAt: 0)
            let input = lag.input.padding(toLength: 20, withPad: " ", startingAt: 0)
            let place = lag.isByPosition ? "; its group's offsets are gone: it goes on from its changelog's position" : ""
            Terminal.output("\(stage) \(input) \(lag.unread) unread, state in format \(lag.format)\(place)")
        }
    }
}
