import Events
import Pipeline
import Quantities

/// A tariff as one partition sees it: its ids as the numbers of the partition's names. A class, so that a step holds it by one
/// reference; it never changes.
final class TariffBinding {
    let tariff: Tariff
    /// By the offering's number among the names; -1 where the tariff does not have it.
    let offeringOfName: ContiguousArray<Int32>
    /// By the tariff's meters and offerings.
    let nameOfMeter: ContiguousArray<UInt32>
    let currencyOfOffering: ContiguousArray<UInt32>
    let nameOfOffering: ContiguousArray<UInt32>
    let nameOfSignal: ContiguousArray<UInt32>

    init(
        tariff: Tariff, offeringOfName: ContiguousArray<Int32>, nameOfMeter: ContiguousArray<UInt32>, currencyOfOffering: ContiguousArray<UInt32>,
        nameOfOffering: ContiguousArray<UInt32>, nameOfSignal: ContiguousArray<UInt32>
    ) {
        self.tariff = tariff
        self.offeringOfName = offeringOfName
        self.nameOfMeter = nameOfMeter
        self.currencyOfOffering = currencyOfOffering
        self.nameOfOffering = nameOfOffering
        self.nameOfSignal = nameOfSignal
    }

    @inline(__always)
    func offering(ofName name: UInt32) -> Int? {
        guard Int(name) < offeringOfName.count else { return nil }
        let place = offeringOfName[Int(name)]
        return place < 0 ? nil : Int(place)
    }
}

/// Which catalogue says the fees of a moment, and what goes over into the next period then, where history is rated anew.
struct CatalogueAnew {
    struct Stretch {
        var range: Range<Int64>
        var binding: TariffBinding
        /// It holds for what stands in usage.normalized before this offset: what came behind the order was rated by its own catalogue.
        var endOffset = Int64.max
    }

    /// What is asked now, and what was put right before, for each account by itself, in order.
    var asked: Stretch
    var before: [UInt32: [Stretch]] = [:]
    /// Where in usage.normalized the walk stands.
    var offset: Int64 = 0
    /// What went over in the end, where a period had drawn more of it than that before it had: as the walk before found, and as this one finds.
    var left: [RolledKey: [Int128]] = [:]
    var overdrawn: [RolledKey: [Int128]] = [:]

    func binding(of account: UInt32, at ms: Int64) -> TariffBinding? {
        if asked.range.contains(ms) { return asked.binding }
        return before[account]?.last { $0.range.contains(ms) && offset < $0.endOffset }?.binding
    }
}

extension RateState {
    /// Makes the catalogue that is in force ready for use. False where its content has not been loaded yet.
    @inline(__always)
    mutating func bind(_ tables: borrowing RateTables) -> Bool {
        if binding != nil || catalogue == nil { return true }
        return bindAnew(tables)
    }

    /// Lets `hash` come into force. False, and nothing changed, where its content has not been loaded yet.
    mutating func enact(_ hash: CatalogueHash, _ tables: borrowing RateTables) -> Bool {
        guard tables.tariff(hash) != nil else { return false }
        catalogue = hash
        binding = nil
        forgetHeirs()
        isPartitionDirty = true
        return bindAnew(tables)
    }

    private mutating func bindAnew(_ tables: borrowing RateTables) -> Bool {
        guard let catalogue, let tariff = tables.tariff(catalogue) else { return false }
        use(makeBinding(tariff))
        let waiting = unresolved
        unresolved.removeAll()
        for account in waiting { openPeriod(account) }
        return true
    }

    /// Makes a version of the catalogue the one by which all is priced from here on, whatever the last marker said.
    mutating func use(_ binding: TariffBinding) {
        if self.binding === binding { return }
        self.binding = binding
        for place in terms.indices { bind(terms: place) }
        lastLocalTime = nil
    }

    mutating func makeBinding(_ tariff: Tariff) -> TariffBinding {
        var nameOfMeter: ContiguousArray<UInt32> = []
        for meter in tariff.meters { nameOfMeter.append(number(ofName: meter)) }
        let offeringNames = tariff.offerings.map { number(ofName: $0.id) }
        var offeringOfName = ContiguousArray<Int32>(repeating: -1, count: names.count)
        for (place, name) in offeringNames.enumerated() { offeringOfName[Int(name)] = Int32(place) }
        var currencies: ContiguousArray<UInt32> = []
        for offering in tariff.offerings { currencies.append(number(ofCurrency: offering.currency)) }
        return TariffBinding(
            tariff: tariff, offeringOfName: offeringOfName, nameOfMeter: nameOfMeter, currencyOfOffering: currencies,
            nameOfOffering: ContiguousArray(offeringNames), nameOfSignal: ContiguousArray(tariff.signals.map { number(ofName: $0) }))
    }

    /// Finds the time zone, and with it the periods, in the catalogue in force.
    private mutating func bind(terms place: Int) {
        let message = terms[place].message
        terms[place].zone = -1
        terms[place].calendar = nil
        guard let tariff = binding?.tariff, let zone = tariff.zones.firstIndex(where: { $0.id == message.timeZone }) else { return }
        terms[place].zone = Int32(zone)
        terms[place].calendar = BillCycle(day: Int(message.billCycleDay), zone: tariff.zones[zone]).map { PeriodCalendar($0) }
    }

    /// The place of equal terms, added where they are new.
    mutating func place(ofTerms name: UInt32) throws -> Int32 {
        if let known = termsOfName[name] { return known }
        let message = try names.withBytes(of: name) { try BillingTerms(serializedBytes: BorrowedBytes($0)) }
        terms.append(
            TermsEntry(name: name, message: message, currency: number(ofCurrency: message.currency), segment: Array(message.segment.utf8)))
        termsOfName[name] = Int32(terms.count - 1)
        bind(terms: terms.count - 1)
        return Int32(terms.count - 1)
    }

    /// Cuts the account's oldest open period where that is not done yet, and queues it. Waits for a catalogue where the rules of
    /// its time zone are not known.
    mutating func openPeriod(_ account: UInt32) {
        var entry = accounts[Int(account)]
        guard entry.isKnown else { return }
        if !entry.hasPeriods {
            let place = Int(entry.terms)
            let first = entry.openStartMs == AccountEntry.unknown
            guard let bounds = terms[place].calendar?.period(containing: first ? entry.openedMs : entry.openStartMs) else {
                unresolved.append(account)
                return
            }
            // Periods tile: the next one starts where the last ended, even if a new tz database says otherwise.
            if first { entry.openStartMs = bounds.startMs }
            entry.openEndMs = bounds.endMs
            accounts[Int(account)] = entry
            markDirty(account: account)
        }
        due.insert(account, endMs: entry.openEndMs, ids: accountIDs)
    }

    /// The bounds of the period in which `ms` lies; nil where the account's periods can't be cut.
    @inline(__always)
    mutating func period(of account: UInt32, at ms: Int64) -> (startMs: Int64, endMs: Int64)? {
        let (start, end) = (accounts[Int(account)].openStartMs, accounts[Int(account)].openEndMs)
        if start <= ms, ms < end, end != AccountEntry.unknown { return (start, end) }
        guard end != AccountEntry.unknown else { return nil }
        return terms[Int(accounts[Int(account)].terms)].calendar?.period(containing: ms)
    }

    /// Usage that began before this is too old.
    mutating func keptStartMs(of account: UInt32, latePeriods: Int) -> Int64 {
        let start = accounts[Int(account)].openStartMs
        return terms[Int(accounts[Int(account)].terms)].calendar?.start(latePeriods, before: start) ?? start
    }
}
