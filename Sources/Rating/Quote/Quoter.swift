import Events
import Pipeline
import Quantities

/// Prices usage without booking it, by the very stage that rates in production, on a state of its own in which nothing was used yet.
public struct Quoter {
    private let stage = RateStage()
    private var tables = RateTables()
    private var state = RateState(partition: 0)
    private let content: CatalogueContent
    private let tariff: Tariff
    private let timeZone: String
    /// The customer's plan; nil where profiles alone say what prices a usage.
    private let plan: Int?
    /// By plan and segment.
    private var customers: [String: UsageContext] = [:]
    /// That of the plan, found without looking up a text.
    private var planCustomer: UsageContext?
    private static let openedMs = RateStage.knownTimes.lowerBound

    /// - Parameters:
    ///   - offering: the customer's plan; nil: the only plan that there is, else what the profiles say.
    ///   - timeZone: the customer's; nil: the catalogue's first.
    /// - Throws: `QuoteFault` where the content, the offering or the time zone can't be used.
    public init(_ content: CatalogueContent, offering: String? = nil, timeZone: String? = nil) throws(QuoteFault) {
        self.content = content
        guard let hash = CatalogueHash(Array(repeating: 1, count: 32)) else { preconditionFailure("32 bytes are a hash") }
        do throws(TariffError) { tariff = try Tariff(content, hash: hash) } catch { throw QuoteFault(reason: error.reason) }
        guard let zone = timeZone ?? content.timeZones.first?.id, tariff.zoneRules(zone) != nil else {
            throw QuoteFault(reason: "the catalogue has no time zone \(timeZone ?? "")")
        }
        self.timeZone = zone
        if let offering {
            guard let place = tariff.offerings.firstIndex(where: { $0.id == offering }) else {
                throw QuoteFault(reason: "the catalogue has no offering \"\(offering)\"; it has \(content.offerings.map(\.id).joined(separator: ", "))")
            }
            guard !tariff.offerings[place].isAddon else {
                throw QuoteFault(reason: "\(offering) is an add-on: it is bought beside a plan, and has no prices of usage; name the plan")
            }
            plan = place
        } else {
            let tariff = tariff
            let plans = tariff.offerings.indices.filter { !tariff.offerings[$0].isAddon }
            plan = plans.count == 1 ? plans[0] : nil
        }
        tables.add(tariff)
        let isEnacted = state.enact(hash, tables)
        precondition(isEnacted, "the content was added just now")
        state.drawsAhead = false
    }

    /// What the usage type counts; nil where the catalogue does not have it.
    public func unit(of type: String) -> UsageUnit? { content.usageSpecifications.first { $0.type == type }?.unit }

    public mutating func quote(_ request: QuoteRequest) throws(NoQuote) -> Quote {
        let chain = chain(request)
        guard let first = chain.first else {
            throw NoQuote(
                reason: .unknownOffering,
                detail: tariff.profiles.isEmpty
                    ? "the catalogue has several offerings and no profiles: name one"
                    : "no profile is for category \"\(request.category)\" and subject \"\(request.subject)\" at \(Timestamp(ms: request.startMs))")
        }
        return try price(request, plan ?? first.offering, chain)
    }

    /// The offerings to try. With a plan as rating does it: the subject's own prices, the plan, then what is general.
    private func chain(_ request: QuoteRequest) -> ContiguousArray<OfferingToTry> {
        var chain: ContiguousArray<OfferingToTry> = []
        var (category, subject) = (request.category, request.subject)
        category.withUTF8 { category in
            subject.withUTF8 { subject in
                let (category, subject) = (UnsafeRawBufferPointer(category), UnsafeRawBufferPointer(subject))
                guard let plan else { return tariff.profiles.offerings(category: category, subject: subject, atMs: request.startMs, &chain) }
                tariff.profiles.ownOfferings(category: category, subject: subject, atMs: request.startMs, &chain)
                if !chain.contains(where: { $0.offering == plan }) { chain.append(OfferingToTry(offering: plan)) }
                tariff.profiles.generalOfferings(category: category, atMs: request.startMs, &chain)
            }
        }
        return chain
    }

    /// The charge, in nanos, of an encoded `NormalizedRecord` that holds a usage: that of a customer who has just come to the quoter's plan.
    /// - Throws: `NoQuote` where it has no price; `QuoteFault` where there is no plan, or the record holds no usage.
    public mutating func price(_ record: UnsafeRawBufferPointer) throws -> Int64 {
        guard let plan else { throw QuoteFault(reason: "no plan was named") }
        var view = UsageView()
        guard view.parse(record) == .usage else { throw QuoteFault(reason: "the record holds no usage") }
        var context = planCustomer ?? open(plan, "")
        planCustomer = context
        state.offeringsInQuote = nil
        state.subscriptions[Int(context.subscription)].fromMs = view.startMs
        if let reason = state.price(view, &context) { throw NoQuote(reason: reason, detail: "") }
        return state.parts.reduce(0) { $0 + $1.chargeNanos }
    }

    private mutating func price(_ request: QuoteRequest, _ plan: Int, _ chain: ContiguousArray<OfferingToTry>) throws(NoQuote) -> Quote {
        let customer = open(plan, request.segment)
        state.offeringsInQuote = chain
        state.subscriptions[Int(customer.subscription)].fromMs = min(request.sinceMs ?? request.startMs, request.startMs)
        state.signals = PriceSignals()
        for signal in request.signals {
            let always = PriceSignals.Span(fromMs: Int64.min, toMs: Int64.max, multiplierMicros: signal.multiplierMicros)
            _ = state.signals.publish(state.number(ofName: signal.name), always)
        }
        let usage = request.usage(
            account: Self.account(plan, request.segment), subscription: tariff.offerings[plan].id, unit: unit(of: request.type) ?? .unspecified)
        if request.isFavourite || state.subscriptions[Int(customer.subscription)].favourites >= 0 {
            var number = usage.parties.other
            let hashes = request.isFavourite ? [number.withUTF8 { FavouriteList.hash(UnsafeRawBufferPointer($0)) }] : []
            state.setFavourites(FavouriteList(fromMs: Self.openedMs, hashes: hashes), of: customer.subscription)
        }
        return try state.quote(usage, customer, tariff, currency: tariff.offerings[plan].currency)
    }

    // MARK: A customer for each offering

    private static func account(_ plan: Int, _ segment: String) -> String { "\(plan)/\(segment)" }

    private mutating func open(_ plan: Int, _ segment: String) -> UsageContext {
        let account = Self.account(plan, segment)
        if let known = customers[account] { return known }
        var accountOpened = NormalizedRecord()
        accountOpened.accountOpened.account = account
        accountOpened.accountOpened.fromMs = Self.openedMs
        accountOpened.accountOpened.terms.currency = tariff.offerings[plan].currency
        accountOpened.accountOpened.terms.timeZone = timeZone
        accountOpened.accountOpened.terms.billCycleDay = 1
        accountOpened.accountOpened.terms.segment = segment
        step(accountOpened)
        var activated = NormalizedRecord()
        activated.subscriptionActivated.account = account
        activated.subscriptionActivated.subscription = tariff.offerings[plan].id
        activated.subscriptionActivated.offering = tariff.offerings[plan].id
        activated.subscriptionActivated.fromMs = Self.openedMs
        step(activated)
        guard let number = state.known(account: account), let subscription = state.subscriptions(of: number).first else {
            preconditionFailure("a customer of a quote was opened just now")
        }
        let customer = UsageContext(account: number, subscription: subscription)
        customers[account] = customer
        return customer
    }

    private mutating func step(_ message: NormalizedRecord) {
        var outbox = Outbox()
        do {
            let bytes: [UInt8] = try message.serializedBytes()
            try bytes.withUnsafeBytes {
                let record = InputRecord(partition: 0, offset: 0, key: UnsafeRawBufferPointer(start: nil, count: 0), value: $0)
                _ = try stage.step(record, tables: tables, state: &state, outbox: &outbox)
            }
        } catch {
            preconditionFailure("a customer of a quote can't be opened: \(error)")
        }
    }
}

/// Why nothing can be quoted.
public struct QuoteFault: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
