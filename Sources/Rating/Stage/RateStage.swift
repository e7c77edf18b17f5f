import Events
import Pipeline
import Quantities

/// Prices each usage once, by the tariff in force when it began and the account's own counters, and ends the accounts' periods as
/// time passes.
///
/// The order of decisions on a usage is fixed: duplicate, then another's, then unknown or too old, then ended or barred, then price. The order of pricing too:
/// 1. the price is found: of the offerings to try, in their order, the first that has one for the type, the destination's longest prefix and all
///    conditions; a long session whose price says so is cut into parts where another price begins to hold;
/// 2. the quantity is rounded up to the price's increments (of each usage alone; where the price counts over a window, step 4 does it);
/// 3. allowances of the plan and of purchases are drawn, by priority, then what expires first, then the smaller, from the beginning of the usage;
/// 4. the rest is priced; a price over a window adds it to the window's sum, rounds that up and takes f(after) - f(before);
/// 5. what the steps come to is rounded once, to the price's decimals in the price's mode (half away from zero where it names none); by the first rules
///    each step's part was rounded at the nano before;
///    then the connection fee is added, and minimum and maximum hold the usage's charge;
/// 6. discounts of the offering that has the price take their parts off, in the order in which it lists them, each from what is left; where the price
///    rounds to decimals, what is left is rounded so;
/// 7. allowances of money pay what they can.
/// A quantity of zero costs nothing unless the price says otherwise, nor does a usage that allowances pay for in full: the connection
/// fee included.
public struct RateStage: Stage {
    public typealias State = RateState
    public typealias Tables = RateTables

    public static var name: StageName { .rate }
    public static var input: Topic { .usageNormalized }
    public static var tableTopics: [Topic] { [.catalogueContent] }
    public static var outputs: [Topic] { [.usageRated, .usageSuspended, .usageMoves] }
    public static var changelog: Topic? { .stateRate }

    /// How many periods end in one step at most; the rest follow in further steps of the same record.
    let closingChunk: Int

    public init(closingChunk: Int = 500) {
        precondition(closingChunk > 0, "a step ends at least one period")
        self.closingChunk = closingChunk
    }

    public func step(_ record: InputRecord, tables: RateTables, state: inout RateState, outbox: inout Outbox) throws -> StepResult {
        guard let value = record.value else { throw Self.corrupt(record, "it has no value") }
        guard state.bind(tables) else { return .waiting("the content of catalogue \(state.catalogue?.description ?? "")") }
        var usage = UsageView()
        switch usage.parse(value) {
        case .usage:
            try rate(usage, record, state: &state, outbox: &outbox)
            return .done
        case .other: return try control(record, value, tables: tables, state: &state, outbox: &outbox)
        case .broken: throw Self.corrupt(record, "it is no NormalizedRecord")
        }
    }

    private func control(
        _ record: InputRecord, _ value: UnsafeRawBufferPointer, tables: RateTables, state: inout RateState, outbox: inout Outbox
    ) throws -> StepResult {
        guard let message = try? NormalizedRecord(serializedBytes: BorrowedBytes(value)) else {
            throw Self.corrupt(record, "it is no NormalizedRecord")
        }
        var emitter = RatedEmitter(record: record, cause: message.meta.id)
        switch message.body {
        case .barrier(let barrier): return pass(barrier, emitter, state: &state, outbox: &outbox)
        case .catalogue(let marker):
            guard let hash = CatalogueHash(marker.hash) else { throw Self.corrupt(record, "its catalogue hash has not 32 bytes") }
            if !state.enact(hash, tables) { return .waiting("the content of catalogue \(hash)") }
            if marker.correctsFromMs > 0 { proposeRerate(marker, &emitter, state: state, outbox: &outbox) }
        case .accountOpened(let event): try open(event, &emitter, state: &state, outbox: &outbox)
        case .subscriptionActivated(let event): activate(event, &emitter, state: &state, outbox: &outbox)
        case .planChangeOrdered(let event): changePlan(event, &emitter, state: &state, outbox: &outbox)
        case .subscriptionEnded(let event): end(event, &emitter, state: &state, outbox: &outbox)
        case .favouritesSet(let event): setFavourites(event, &emitter, state: &state, outbox: &outbox)
        case .priceSignal(let signal): publish(signal, &emitter, state: &state, outbox: &outbox)
        case .subscriptionSuspended(let event): suspend(event, &emitter, state: &state, outbox: &outbox)
        case .subscriptionResumed(let event): resume(event, &emitter, state: &state, outbox: &outbox)
        case .rerate(let order): rerate(order, &emitter, state: &state, outbox: &outbox)
        case .purchaseOrdered(let event): buy(event, &emitter, state: &state, outbox: &outbox)
        case .topUpOrdered(let event): topUp(event, &emitter, state: &state, outbox: &outbox)
        case .holderChanged(let event): tell(event, &emitter, state: &state, outbox: &outbox)
        case .prepaidSet(let event): setPrepaid(event, &emitter, state: &state, outbox: &outbox)
        case .usage, nil: throw Self.corrupt(record, "it has no body")
        }
        return .done
    }

    static func corrupt(_ record: InputRecord, _ reason: String) -> CorruptRecord {
        CorruptRecord(topic: input, partition: record.partition, offset: record.offset, reason: reason)
    }
}
