import ArgumentParser
import Events
import Foundation
import KafkaRuntime
import Mediation
import Quantities
import Simulation

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Publish realistic, deterministic traffic, with a stated share of faults, each counted.",
        discussion: """
            The same seed and numbers give the same records. Faults are shares: duplicates, late, outOfOrder, unknownSubscribers, malformed, \
            or a single kind of damage: truncated, wrongType, negative, absurd, farDates, invalidUTF8, huge, nullValue.

            Example:
              tollstream simulate --accounts 1000 --events 0 --customers
              tollstream simulate --accounts 1000 --events 100000 --seed 1 \\
                --faults duplicates=0.01,malformed=0.002
            """)
    @OptionGroup var global: GlobalOptions
    @Option(help: "Accounts, with one to three subscriptions each.") var accounts: Int
    @Option(help: "Usage records, duplicates apart.") var events: Int
    @Option(help: "The seed.") var seed: UInt64 = 1
    @Option(help: "Shares of faults.") var faults = "none"
    @Option(help: "The month of the traffic, YYYY-MM.") var month = "2026-10"
    @Option(help: "The percentage of records in JSON; the rest is protobuf.") var jsonPercent = 20
    @Option(help: "At most so many records a second.") var rate: Int?
    @Flag(help: "Send as many probes do, so that a broken connection may double a record.") var atLeastOnce = false
    @Flag(help: "First publish the commands that open the accounts.") var customers = false
    @Option(help: "The offerings that the subscriptions get, comma-separated.") var offerings = "start,flat"
    @Option(help: "The accounts' currency.") var currency = "CZK"
    @Option(help: "The accounts' time zone.") var timeZone = "Europe/Prague"
    @Option(help: "The accounts' issuer.") var issuer = "tollstream-cz"
    @Option(help: "The accounts' tax category.") var taxCategory = "standard"
    @Flag(help: "Print the counts as JSON.") var json = false

    struct Counts: Encodable {
        var records: Int
        var accepted: Int
        var duplicates: Int
        var late: Int
        var outOfOrder: Int
        var zeroQuantity: Int
        var suspended: [String: Int]
    }

    func run() throws {
        guard (1...3_000_000).contains(accounts), events >= 0, (0...100).contains(jsonPercent), rate ?? 1 > 0 else {
            throw CommandFailure.usage("expected --accounts 1 to 3000000, --events 0 or more, --json-percent 0 to 100, --rate above 0")
        }
        let span = try monthSpan()
        let shares: TrafficFaults
        do { shares = try TrafficFaults(parsing: faults) } catch { throw CommandFailure.usage("--faults: \(error)") }
        let client = try global.configuration().client
        let writer = try atLeastOnce ? client.probe() : client.writer()
        if customers { try publishCustomers(writer, from: span.lowerBound) }
        var generator = TrafficGenerator(
            seed: seed, accounts: accounts, events: events, monthStartMs: span.lowerBound, monthEndMs: span.upperBound, faults: shares,
            jsonPercent: jsonPercent)
        try publish(&generator, writer)
        try show(generator.counts)
    }

    /// The month in the accounts' time zone is a few hours off UTC: traffic keeps a day away from its ends.
    private func monthSpan() throws -> Range<Int64> {
        let parts = month.split(separator: "-").map { Int($0) }
        guard parts.count == 2, let year = parts[0], let number = parts[1], let first = CivilDate(year: year, month: number, day: 1), year >= 1970 else {
            throw CommandFailure.usage("--month \(month): expected YYYY-MM, for example 2026-10")
        }
        let start = Int64(first.daysSince1970) * Timestamp.msPerDay
        let end = Int64(first.addingMonths(1, day: 1).daysSince1970) * Timestamp.msPerDay
        return start..<(end - Timestamp.msPerDay)
    }

    private func publishCustomers(_ writer: LogWriter, from startMs: Int64) throws {
        var terms = BillingTerms()
        terms.currency = currency
        terms.timeZone = timeZone
        terms.billCycleDay = 1
        terms.issuer = issuer
        terms.taxCategory = taxCategory
        let population = TrafficPopulation(seed: seed, accounts: accounts)
        let progress = Progress("customer commands", total: 0)
        let commands = population.customerCommands(
            terms: terms, offerings: offerings.split(separator: ",").map(String.init), fromMs: startMs)
        for command in commands {
            try writer.send(command)
            progress.advance()
        }
        try writer.flush()
        progress.finish()
    }

    private func publish(_ generator: inout TrafficGenerator, _ writer: LogWriter) throws {
        let progress = Progress("usage records", total: Int64(events))
        let begin = Date()
        var sent = 0
        while let record = generator.next() {
            if let rate, sent % 64 == 0 {
                let ahead = Double(sent) / Double(rate) - Date().timeIntervalSince(begin)
                if ahead > 0.001 { Thread.sleep(forTimeInterval: ahead) }
            }
            var headers: [(name: String, value: [UInt8])] = [("content-type", Array(record.contentType.utf8))]
            if let source = record.source { headers.append(("source", Array(source.utf8))) }
            try record.key.withUnsafeBytes { key in
                guard let value = record.value else { return try writer.send(.usageRaw, key: key, value: nil, headers: headers) }
                try value.withUnsafeBytes { try writer.send(.usageRaw, key: key, value: $0, headers: headers) }
            }
            sent += 1
            progress.advance()
        }
        try writer.flush()
        progress.finish()
    }

    private func show(_ counts: TrafficCounts) throws {
        let suspended = Dictionary(uniqueKeysWithValues: counts.suspendedReasons.map { ("\($0.reason.rawValue)", $0.count) })
        let result = Counts(
            records: counts.records, accepted: counts.accepted, duplicates: counts.duplicates, late: counts.late, outOfOrder: counts.outOfOrder,
            zeroQuantity: counts.zero, suspended: suspended)
        if json { return try JSONOutput.print(result) }
        Terminal.note("\(result.records) records: \(result.accepted) to be accepted, \(result.duplicates) duplicates, \(counts.suspended) to be suspended")
    }
}
