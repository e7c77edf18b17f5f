import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Publish the passing of time: periods close by nothing else.",
        discussion: """
            Example:
              tollstream clock run --every 60
              tollstream clock advance --to 2026-11-04T00:00:00Z
            """,
        subcommands: [Run.self, Advance.self])

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tick with this machine's clock until stopped.", discussion: "Example:\n  tollstream clock run --every 60")
        @OptionGroup var global: GlobalOptions
        @Option(help: "Seconds between ticks.") var every = 60

        func run() throws {
            guard every > 0 else { throw CommandFailure.usage("--every \(every): at least one second is needed") }
            let clock = try ClockPublisher(try global.configuration().client)
            let stop = StopSignal.install()
            while !stop.isRequested {
                let tick = try clock.publish(Timestamp(ms: Int64(Date().timeIntervalSince1970 * 1000)))
                Terminal.note("tick \(tick.sequence) at \(Timestamp(ms: tick.timeMs))")
                stop.wait(seconds: every)
            }
        }
    }

    struct Advance: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish one tick of a given time.",
            discussion: "Example:\n  tollstream clock advance --to 2026-11-04T00:00:00Z --wait 60")
        @OptionGroup var global: GlobalOptions
        @Option(help: "The time that has come, RFC 3339. Never before the last tick.") var to: String
        @Option(help: "Wait at most so many seconds until rating has let the tick take effect everywhere.") var wait: Int?

        func run() throws {
            guard let time = Timestamp(rfc3339: to) else {
                throw CommandFailure.usage("--to \(to): expected RFC 3339 with an offset, for example 2026-11-04T00:00:00Z")
            }
            let configuration = try global.configuration()
            let watch = try wait.map { _ in try TickWatch(configuration.client) }
            let tick = try ClockPublisher(configuration.client).publish(time)
            Terminal.note("tick \(tick.sequence) at \(time)")
            if let wait, let watch { try watch.waitUntilEffective(tick, seconds: wait) }
        }
    }
}
