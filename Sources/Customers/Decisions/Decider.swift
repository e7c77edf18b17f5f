import Events
import Quantities

/// Decides commands by what is known. It changes nothing: its facts do.
struct Decider {
    let state: CustomersState
    let catalogue: CatalogueInForce

    init(_ state: CustomersState, _ tables: CustomersTables) {
        self.state = state
        catalogue = CatalogueInForce(state, tables)
    }

    func decide(_ body: CustomerCommand.OneOf_Body?) -> Decision {
        switch body {
        case .openAccount(let command): decide(command)
        case .activateSubscription(let command): decide(command)
        case .changePlan(let command): decide(command)
        case .endSubscription(let command): decide(command)
        case .assignIdentifier(let command): decide(command)
        case .releaseIdentifier(let command): decide(command)
        case .setFavourites(let command): decide(command)
        case .suspendSubscription(let command): decide(command)
        case .resumeSubscription(let command): decide(command)
        case .buyOffering(let command): decide(command)
        case .topUp(let command): decide(command)
        case .setPrepaid(let command): decide(command)
        // The marker is no decision: the stage takes it before.
        case .catalogue: .facts([])
        case nil: .refused(.missingField, "the command has no body that this version knows")
        }
    }

    private func decide(_ command: OpenAccount) -> Decision {
        let terms = command.terms
        let from = CommandTime("from", command.from, command.fromMs)
        let texts = [
            ("terms.currency", terms.currency), ("terms.timeZone", terms.timeZone), ("terms.issuer", terms.issuer), ("terms.taxCategory", terms.taxCategory),
        ]
        if let fault = formFault(account: command.account, texts: texts, time: from) { return fault }
        if state.accounts[command.account] != nil { return .refused(.accountExists, "the account is open already") }
        guard Currency(terms.currency)?.isListed == true else { return .refused(.unknownCurrency, "terms.currency is no code of ISO 4217, such as EUR") }
        let offered: OfferedCatalogue
        switch catalogue {
        case .none: return .noCatalogue
        case .loading: return .waiting(CatalogueInForce.waiting)
        case .loaded(let version): offered = version
        }
        guard offered.timeZones.contains(terms.timeZone) else {
            return .refused(.unknownTimeZone, "the catalogue has no rules of the time zone")
        }
        guard (1...31).contains(terms.billCycleDay) else { return .refused(.badCycleDay, "terms.billCycleDay is not 1 to 31") }
        if !terms.segment.isEmpty, let refused = badID("terms.segment", terms.segment) { return .refused(refused) }
        guard let categories = offered.taxCategories[terms.issuer] else { return .refused(.unknownIssuer, "the catalogue has no such issuer") }
        guard categories.contains(terms.taxCategory) else { return .refused(.unknownTaxCategory, "the issuer has no such tax category") }
        if terms.payment != .prepaid, terms.payment != .postpaid || terms.creditLimitNanos != 0 {
            return .refused(.notPrepaid, "terms.payment is unknown, or there is a terms.creditLimitNanos, which only a prepaid balance has")
        }
        if terms.creditLimitNanos < 0 { return .refused(.badAmount, "terms.creditLimitNanos is below zero") }
        return .facts([
            .accountOpened(
                .with {
                    $0.account = command.account
                    // Rate and series are the catalogue's: whoever sends them has no say.
                    $0.terms.currency = terms.currency
                    $0.terms.timeZone = terms.timeZone
                    $0.terms.billCycleDay = terms.billCycleDay
                    $0.terms.issuer = terms.issuer
                    $0.terms.taxCategory = terms.taxCategory
                    $0.terms.segment = terms.segment
                    $0.terms.payment = terms.payment
                    $0.terms.creditLimitNanos = terms.creditLimitNanos
                    if command.hasPerson { $0.person = command.person }
                    $0.fromMs = from.ms
                })
        ])
    }
}

extension Decision {
    static let noCatalogue = refused(.noCatalogue, "no catalogue was published yet")
}
