import Events

/// What a command comes to.
enum Decision {
    /// It is carried out by these facts, in order.
    case facts([CustomerEvent.OneOf_Body])
    case refused(Refused)
    /// It can't be decided before a table has what is named here.
    case waiting(String)

    static func refused(_ reason: Refusal, _ detail: String) -> Decision { .refused(Refused(reason, detail)) }
}

/// Which catalogue a command is checked against.
enum CatalogueInForce {
    case none
    case loading
    case loaded(OfferedCatalogue)

    init(_ state: borrowing CustomersState, _ tables: CustomersTables) {
        if state.catalogue.isEmpty {
            self = .none
        } else if let version = tables.version(state.catalogue) {
            self = .loaded(version)
        } else {
            self = .loading
        }
    }

    static let waiting = "the catalogue version in force, in catalogue.content"
}
