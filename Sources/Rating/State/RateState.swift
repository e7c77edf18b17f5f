import Events
import Pipeline
import Quantities

/// What rating remembers in one partition: accounts, subscriptions and their counters, the duplicate memory, the progress of ticks.
///
/// A cache of the changelog. Everything an event touches lies in flat arrays of plain numbers and is found by number; texts are
/// kept once.
public struct RateState: StageState {
    let partition: Int32
    /// Ids of offerings, names of meters and encoded billing terms. Their numbers stand in the changelog.
    var names = IdentifierTable()
    var flushedNames = 0
    var accountIDs = IdentifierTable()
    var accounts: ContiguousArray<AccountEntry> = []
    /// Owned by the account's number.
    var subscriptionIDs = IdentifierTable()
    var subscriptions: ContiguousArray<SubscriptionEntry> = []
    var planChanges: ContiguousArray<[PlanChange]> = []
    /// Of each subscription that has any, in order of time.
    var favourites: ContiguousArray<[FavouriteList]> = []
    /// Of the few subscriptions that ever were; by their numbers, and only looked up.
    var suspensions: [UInt32: [Suspension]] = [:]
    /// See `lastRefusedMs`. Only looked up.
    var refused: [UInt32: Int64] = [:]
    /// What accounts were told of identifiers that they hold or held. Only looked up.
    var holders: [HeldIdentifier.Key: HeldIdentifier] = [:]
    /// Usage that left for another holder: by its identity, the day on which it began.
    var away = EntityTable<EventID, UInt16>()
    /// Each in the order in which they were bought.
    var purchases: ContiguousArray<[Purchase]> = []
    var balances: ContiguousArray<Balance> = []
    /// Orders that wait for their time, in the order in which they will be carried out. By account, and only looked up.
    var ahead: [UInt32: [AheadOrder]] = [:]
    var counters: ContiguousArray<CounterEntry> = []
    var freeCounters: ContiguousArray<Int32> = []
    var meters = MeterPool()
    var duplicates = DuplicateGuard()
    var ticks = TickProgress()
    var signals = PriceSignals()
    /// The version of the catalogue that the last marker named.
    var catalogue: CatalogueHash?
    /// Nearly always none: the chunks of an order come in one transaction.
    var rerates: [RerateInFlight] = []

    /// The generation that the changelog is written in.
    var format = StateFormat.newest

    // Derived, and not in the changelog.
    var binding: TariffBinding?
    var terms: ContiguousArray<TermsEntry> = []
    var termsOfName: [UInt32: Int32] = [:]
    /// Numbers for currencies, to compare by.
    var currencies = IdentifierTable()
    var due = DueQueue()
    /// The prepaid accounts by (when their money expires, account id).
    var expiries = DueQueue()
    /// The accounts by (when their first order is due, account id).
    var aheadQueue = DueQueue()
    /// The places of balances with money that counts only from a time on that no tick has passed.
    var datedBalances: ContiguousArray<Int32> = []
    /// Whether orders that are dated ahead wait: the changelog's first generation has no place for them.
    var holdsAhead = true
    /// Accounts whose periods can't be cut until a catalogue with their time zone comes.
    var unresolved: ContiguousArray<UInt32> = []

    // What the next flush writes, in order of the first change.
    var isPartitionDirty = false
    var dirtyAccounts: ContiguousArray<UInt32> = []
    var dirtySubscriptions: ContiguousArray<UInt32> = []
    var dirtyCounters: ContiguousArray<Int32> = []
    var dirtyBalances: ContiguousArray<Int32> = []
    var dirtyRefused: ContiguousArray<UInt32> = []
    var dirtyAhead: ContiguousArray<UInt32> = []
    var dirtyHolders: [HeldIdentifier.Key] = []
    var removedCounterKeys: [[UInt8]] = []
    var restoredNames: [(number: UInt32, bytes: [UInt8])] = []
    var waiting: ContiguousArray<UInt32> = []
    var restoredDated: [UInt32: [Balance.Part]] = [:]
    var scratch: [UInt8] = []

    /// With which subscription a shared amount goes over.
    var firstHeirs: [HeirKey: UInt32?] = [:]
    /// Whether one of them is none: a subscription that comes new may be the first.
    var lacksHeir = false
    /// Whether a period draws on what those before it that have not ended would leave: not for a quote of no customer, for whom nothing was used yet.
    var drawsAhead = true

    // Of the usage that is being priced; kept so that none costs an allocation.
    var parts: ContiguousArray<RatedPart> = []
    var updates: ContiguousArray<MeterUpdate> = []
    var draws: ContiguousArray<Draw> = []
    var notices: ContiguousArray<Notice> = []
    var discounts: ContiguousArray<DiscountTaken> = []
    /// Of a usage in parts: also those that took nothing off a part.
    var discountsTried: ContiguousArray<DiscountTaken> = []
    /// Whether the reason that `price` gave is for good: the offering's policy refuses the usage.
    var isRejected = false
    /// Whether it would bring a meter to what that can't hold.
    var isBeyondMeters = false
    var burns: ContiguousArray<Burn> = []
    /// Of the allowance in hand, by its rolled amounts.
    var rolledLeft: ContiguousArray<Int128> = []
    /// Of a prepaid account, one for each part; empty for others.
    var payments: ContiguousArray<Payment> = []
    var offeringsToTry: ContiguousArray<OfferingToTry> = []
    /// Where the usage's destination lies in the deck that was asked last; -1: none was.
    var lookedUp: (deck: Int, place: PrefixTree.Place) = (-1, -1)
    /// Set by a quote alone, which chooses the offerings itself.
    var offeringsInQuote: ContiguousArray<OfferingToTry>?
    /// Set by a rerate alone: which catalogue says what falls due by time.
    var catalogueAnew: CatalogueAnew?
    var lastLocalTime: (ms: Int64, zone: Int, time: LocalTime)?

    public init(partition: Int32) { self.partition = partition }

    public mutating func use(_ format: StateFormat) {
        self.format = format
        holdsAhead = format >= .second
    }

    struct TermsEntry {
        var name: UInt32
        var message: BillingTerms
        var currency: UInt32
        var segment: [UInt8]
        /// Its time zone's place in the catalogue in force; -1 where that does not have it.
        var zone: Int32 = -1
        /// Nil while the catalogue in force has no rules for the time zone.
        var calendar: PeriodCalendar?
    }

    mutating func number(ofName text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { names.number(of: UnsafeRawBufferPointer($0)).number }
    }

    mutating func number(ofCurrency text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { currencies.number(of: UnsafeRawBufferPointer($0)).number }
    }

    // MARK: Marking what changed

    mutating func markDirty(account: UInt32) {
        if accounts[Int(account)].isDirty { return }
        accounts[Int(account)].isDirty = true
        dirtyAccounts.append(account)
    }

    mutating func markDirty(subscription: UInt32) {
        if subscriptions[Int(subscription)].isDirty { return }
        subscriptions[Int(subscription)].isDirty = true
        dirtySubscriptions.append(subscription)
    }

    /// Something other than usage changed the account, or a subscription of it, at this offset of usage.normalized.
    mutating func changed(_ account: UInt32, at offset: Int64) {
        accounts[Int(account)].changedOffset = offset
        markDirty(account: account)
    }

    @inline(__always)
    mutating func markDirty(counter: Int32) {
        if counters[Int(counter)].isDirty { return }
        counters[Int(counter)].isDirty = true
        dirtyCounters.append(counter)
    }

    // MARK: Entities

    /// The account's number; a stub where it is new.
    mutating func accountNumber(_ id: UnsafeRawBufferPointer) -> UInt32 {
        let (number, isNew) = accountIDs.number(of: id)
        if isNew { accounts.append(AccountEntry()) }
        return number
    }

    /// The subscription's number; a stub in its account's chain where it is new.
    mutating func subscriptionNumber(_ id: UnsafeRawBufferPointer, account: UInt32) -> UInt32 {
        let (number, isNew) = subscriptionIDs.number(of: id, owner: account)
        if isNew {
            subscriptions.append(SubscriptionEntry(next: accounts[Int(account)].firstSubscription))
            accounts[Int(account)].firstSubscription = Int32(number)
        }
        return number
    }

    /// The offering (a name's number) that is in force at `ms`.
    @inline(__always)
    func offering(of subscription: UInt32, at ms: Int64) -> UInt32 {
        let place = Int(subscriptions[Int(subscription)].changes)
        guard place >= 0 else { return subscriptions[Int(subscription)].offering }
        return planChanges[place].last { $0.fromMs <= ms }?.offering ?? subscriptions[Int(subscription)].offering
    }

    /// When the subscription came to the offering that is in force at `ms`.
    @inline(__always)
    func soldMs(_ subscription: UInt32, at ms: Int64) -> Int64 {
        let place = Int(subscriptions[Int(subscription)].changes)
        guard place >= 0 else { return subscriptions[Int(subscription)].fromMs }
        return planChanges[place].last { $0.fromMs <= ms }?.fromMs ?? subscriptions[Int(subscription)].fromMs
    }

    /// The account's subscriptions in the order of their activation.
    func subscriptions(of account: UInt32) -> [UInt32] {
        var all: [UInt32] = []
        var next = accounts[Int(account)].firstSubscription
        while next >= 0 {
            all.append(UInt32(next))
            next = subscriptions[Int(next)].next
        }
        // Not the whole state in the closure.
        let subscriptions = self.subscriptions
        if all.count > 1 { all.sort { subscriptions[Int($0)].ordinal < subscriptions[Int($1)].ordinal } }
        return all
    }

    // MARK: Counters

    @inline(__always)
    func counter(_ key: CounterKey) -> Int32? {
        var next = subscriptions[Int(key.subscription)].firstCounter
        while next >= 0 {
            let place = Int(next)
            if counters[place].windowStartMs == key.window.startMs, counters[place].offering == key.offering,
                counters[place].window == key.window.kind.rawValue
            {
                return next
            }
            next = counters[place].next
        }
        return nil
    }

    func hasUsage(_ subscription: UInt32, periodStartMs: Int64) -> Bool {
        var next = subscriptions[Int(subscription)].firstCounter
        while next >= 0 {
            if counters[Int(next)].isUsed, counters[Int(next)].windowStartMs == periodStartMs { return true }
            next = counters[Int(next)].next
        }
        return false
    }

    /// The latest start of a rated usage in the kept periods, be it one of zero; nil where there is none.
    func lastRatedMs(_ subscription: UInt32) -> Int64? {
        let zero = names.find(text: Tariff.zeroMeterName)
        var latest: Int64?
        var next = subscriptions[Int(subscription)].firstCounter
        while next >= 0 {
            latest = max(latest ?? Int64.min, counters[Int(next)].lastRatedMs)
            if let zero, let startMs = meters.find(zero, in: counters[Int(next)]) {
                latest = max(latest ?? Int64.min, Int64(clamping: startMs) + RateStage.knownTimes.lowerBound)
            }
            next = counters[Int(next)].next
        }
        return latest
    }

    mutating func addCounter(_ key: CounterKey) -> Int32 {
        let subscription = key.subscription
        let entry = CounterEntry(
            subscription: subscription, next: subscriptions[Int(subscription)].firstCounter, offering: key.offering,
            windowStartMs: key.window.startMs, windowEndMs: key.window.endMs, window: key.window.kind.rawValue)
        let place: Int32
        if let reused = freeCounters.popLast() {
            place = reused
            counters[Int(place)] = entry
        } else {
            place = Int32(counters.count)
            counters.append(entry)
        }
        subscriptions[Int(subscription)].firstCounter = place
        return place
    }

    /// Takes the counters of what ended at `keptStartMs` or before out of the chain.
    mutating func dropCounters(of subscription: UInt32, endedBy keptStartMs: Int64) {
        var previous: Int32 = -1
        var place = subscriptions[Int(subscription)].firstCounter
        while place >= 0 {
            let next = counters[Int(place)].next
            if counters[Int(place)].windowEndMs <= keptStartMs {
                removedCounterKeys.append(key(ofCounter: place))
                release(counter: place, after: previous)
            } else {
                previous = place
            }
            place = next
        }
    }

    mutating func release(counter place: Int32, after previous: Int32) {
        let (subscription, next) = (counters[Int(place)].subscription, counters[Int(place)].next)
        if previous < 0 { subscriptions[Int(subscription)].firstCounter = next } else { counters[Int(previous)].next = next }
        meters.release(&counters[Int(place)])
        counters[Int(place)] = CounterEntry(isFree: true)
        freeCounters.append(place)
    }
}
