import ArgumentParser
import Catalogue
import Events
import Foundation
import Mediation
import Quantities
import Rating

struct QuoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quote",
        abstract: "Say what usage would cost, without booking it.",
        discussion: """
            Prices with a catalogue's text, by the code that rates in production, for a customer who has used nothing yet. --batch reads CSV with the \
            columns id,type,category,subject,destination,start,quantity (quantity in seconds, bytes or units, or with a unit; further columns unit, \
            direction, service, network, other_network, segment and served may follow; others are ignored, with a warning) and prints \
            id,cost,connect_fee,reason; the cost is empty where no price applies. Numbers and quantities are read as those of usage are.

            With --account in place of --catalog the usage is priced for that account as it stands now: its plan, what its allowances have left, its \
            counters, by the catalogue in force.

            Exits 1 where the one usage has no price.

            Example:
              tollstream quote --catalog Deploy/examples/tour/catalogue --type voice \\
                --destination 420601000001 --start 2026-10-05T19:59:30+02:00 \\
                --quantity "90 s" --explain
              tollstream quote --catalog Deploy/examples/tour/catalogue \\
                --batch Deploy/examples/tour/usage.csv
              tollstream quote --account acme --type voice --quantity "90 s" \\
                --destination 420777123456 --start 2026-10-05T19:59:30+02:00
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("The catalogue's folder.", valueName: "dir")) var catalog: String?
    @Option(help: "Price for this account, as it stands now.") var account: String?
    @Option(help: "Which subscription of the account; needless where it has one.") var subscription: String?
    @Option(help: ArgumentHelp("A CSV table that an offering file is repeated for. May be repeated.", valueName: "name=file")) var table: [String] = []
    @Option(help: "The customer's plan. Without one the catalogue's profiles say what prices a usage, or its only offering does.") var offering: String?
    @Option(help: ArgumentHelp("The customer's time zone; the catalogue's first where it is not named.", valueName: "zone")) var timeZone: String?
    @Option(help: ArgumentHelp("A CSV file of usage to price.", valueName: "file")) var batch: String?
    @Option(help: "The usage type, for example voice.") var type: String?
    @Option(help: "The service's category.") var category = ""
    @Option(help: "Whose profile decides.") var subject = ""
    @Option(help: "The other party's number.") var destination = ""
    @Option(help: "When it begins, RFC 3339.") var start: String?
    @Option(help: "How much: \"62.5 s\", \"15 MiB\", \"1 event\", or a number of seconds, bytes or units.") var quantity: String?
    @Option(help: "mo, mt or forwarded.") var direction = "mo"
    @Option(help: "The service, APN or rating group.") var service = ""
    @Option(help: "The visited network: MCC and MNC, or TADIG code.") var network = ""
    @Option(help: "The network that serves the other party.") var otherNetwork = ""
    @Option(help: "The customer segment.") var segment = ""
    @Option(help: "The customer's own number, where prices ask for its origin.") var served = ""
    @Option(help: "Since when the customer has the plan, RFC 3339; without it, with this very usage (one usage).") var since: String?
    @Flag(help: "The destination is one of the customer's favourite numbers.") var favourite = false
    @Option(help: ArgumentHelp("A price signal in force and its multiplier. May be repeated.", valueName: "name=multiplier"))
    var signal: [String] = []
    @Flag(help: "Say what was charged for what.") var explain = false
    @Flag(help: "Print JSON (one usage).") var json = false

    func validate() throws {
        if (catalog == nil) == (account == nil) { throw ValidationError("say either --catalog DIR or --account ID.") }
        let isAnyone = offering != nil || timeZone != nil || since != nil || !segment.isEmpty || !subject.isEmpty || favourite || !signal.isEmpty
        if account != nil, batch != nil || isAnyone {
            throw ValidationError(
                """
                --account has its own plan, zone, segment, favourites and signals, and prices one usage: no --batch, --offering, --time-zone, --since, \
                --segment, --subject, --favourite or --signal.
                """)
        }
        if batch == nil, type == nil || start == nil || quantity == nil {
            throw ValidationError("name a usage by --type, --start and --quantity, or a file by --batch.")
        }
        if batch != nil, favourite || !signal.isEmpty { throw ValidationError("--favourite and --signal are for one usage.") }
        if batch != nil, json { throw ValidationError("--batch prints CSV; --json is for one usage.") }
    }

    func run() throws {
        if let account { return try quote(account) }
        guard let catalog else { throw CommandFailure.usage("--catalog is missing") }
        let tables = try CatalogCommand.Source.tables(table)
        let content = try CataloguePublisher.compile(catalog, tables: tables).content
        var quoter = try Self.quoter(content, offering: offering, timeZone: timeZone)
        if let batch { return try QuoteBatch(path: batch, explains: explain).price(&quoter) }
        let request = try request(unit: quoter.unit)
        do {
            try show(try quoter.quote(request))
        } catch let none as NoQuote {
            throw CommandFailure.negative("no price: \(none.reason.rawValue): \(none.detail)")
        }
    }

    private func quote(_ account: String) throws {
        var quoter = try Self.quoter(account, try global.configuration())
        let request = try request(unit: quoter.unit)
        let subscriptions = quoter.subscriptions
        guard let subscription = subscription ?? (subscriptions.count == 1 ? subscriptions[0] : nil) else {
            throw CommandFailure.usage("--subscription is missing: account \(account) has \(subscriptions.joined(separator: ", "))")
        }
        do {
            try show(try quoter.quote(request, subscription: subscription))
        } catch let none as NoQuote {
            throw CommandFailure.negative("no price: \(none.reason.rawValue): \(none.detail)")
        }
    }

    private static func quoter(_ account: String, _ configuration: Configuration) throws -> AccountQuoter {
        do {
            return try AccountQuoter(configuration.client.log(), account: account)
        } catch let fault as QuoteFault {
            throw CommandFailure.negative(fault.reason)
        }
    }

    private static func quoter(_ content: CatalogueContent, offering: String?, timeZone: String?) throws -> Quoter {
        do {
            return try Quoter(content, offering: offering, timeZone: timeZone)
        } catch let fault as QuoteFault {
            throw CommandFailure.usage(fault.reason)
        }
    }

    private func request(unit: (String) -> UsageUnit?) throws -> QuoteRequest {
        guard let type, let start, let quantity else { throw CommandFailure.usage("--type, --start and --quantity are needed") }
        guard let time = Timestamp(rfc3339: start) else {
            throw CommandFailure.usage("--start \(start): expected RFC 3339, such as 2026-10-05T12:30:00+02:00")
        }
        guard let unit = unit(type) else { throw CommandFailure.usage("--type \(type): the catalogue has no such usage type") }
        let micros: Int64
        do throws(Suspense) {
            micros = try StatedQuantity.micros(quantity, counting: unit)
        } catch {
            throw CommandFailure.usage(
                "--quantity \(quantity): \(error.reason.rawValue): \(error.detail); expected a quantity of type \(type), such as \"60 s\" or \"15 MiB\"")
        }
        guard let direction = UsageDirection(text: direction) else {
            throw CommandFailure.usage("--direction \(direction): expected mo, mt or forwarded")
        }
        var request = QuoteRequest(type: type, startMs: time.ms, quantityMicros: micros)
        request.category = category
        request.subject = subject
        request.destination = destination
        request.direction = direction
        request.service = service
        request.network = network
        request.otherNetwork = otherNetwork
        request.segment = segment
        request.served = served
        request.isFavourite = favourite
        for pair in signal {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2, let multiplier = SignalText.multiplier(sides[1]) else {
                throw CommandFailure.usage("--signal \(pair): expected a name and a multiplier, such as congestion=1.5")
            }
            request.signals.append((sides[0], multiplier))
        }
        if let since {
            guard let time = Timestamp(rfc3339: since) else { throw CommandFailure.usage("--since \(since): expected RFC 3339") }
            request.sinceMs = time.ms
        }
        return request
    }

    private struct Output: Encodable {
        var cost: String
        var connectFee: String
        var currency: String
        var explanation: [String]?
        /// Of a prepaid account: what its balance can pay at the usage's start, and whether that does.
        var available: String?
        var isPayable: Bool
    }

    private func show(_ quote: Quote) throws {
        let text = QuoteText(quote)
        if json {
            return try JSONOutput.print(
                Output(
                    cost: text.cost, connectFee: text.connectionFee, currency: quote.currency, explanation: explain ? text.lines : nil,
                    available: text.available, isPayable: quote.isPayable))
        }
        if explain { for line in text.lines { Terminal.output(line) } }
        Terminal.output("\(text.cost) \(quote.currency)")
        if !quote.isPayable, let available = text.available {
            let reason = UnratedReason.insufficientBalance.rawValue
            Terminal.note("the balance can pay \(available) \(quote.currency) then: the usage would be suspended as \(reason)")
        }
    }
}
