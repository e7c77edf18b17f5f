import Events
import Pipeline
import Quantities

/// What makes prices personal, or moves them: favourite numbers and price signals.
extension RateStage {
    /// Favourite numbers count for usage that is rated from here on, by its own start.
    func setFavourites(_ event: FavouritesSet, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        func refuse(_ reason: ChangeRefusal, _ detail: String) {
            emitter.refuse(reason, account: event.account, subscription: event.subscription, detail, to: &outbox)
        }
        guard let (account, subscription) = state.known(subscription: event.subscription, of: event.account, at: event.fromMs, or: refuse) else { return }
        let kept = state.favouriteCount(subscription)
        guard kept < RateState.mostChanges else { return refuse(.tooManyChanges, "\(kept) lists of favourite numbers are kept: no more are taken") }
        let list = FavouriteList(event)
        state.setFavourites(list, of: subscription)
        state.changed(account, at: emitter.offset)
        let taken = FavouritesTaken.with {
            $0.account = event.account
            $0.subscription = event.subscription
            $0.fromMs = event.fromMs
            $0.count = UInt32(clamping: list.hashes.count)
        }
        emitter.emit(.favouritesTaken(taken), account: event.account, to: &outbox)
        let fact = LateFact(
            kind: .favourites, account: event.account, subscription: event.subscription, fromMs: event.fromMs,
            why: "the favourite numbers changed from \(Timestamp(ms: event.fromMs)) on", touchesFees: false)
        proposeRerate(for: fact, of: subscription, account, &emitter, state: &state, outbox: &outbox)
    }

    /// No multiplier is larger than a thousand.
    public static let largestMultiplierMicros: Int64 = 1_000_000_000

    /// A signal is in force for usage that is rated from here on and starts while it lasts.
    func publish(_ signal: PriceSignal, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        var taken = PriceSignalTaken()
        taken.signal = signal
        let isSound =
            !signal.name.isEmpty && signal.name.utf8.count <= 64 && signal.fromMs < signal.toMs && Self.knownTimes.contains(signal.fromMs)
            && Self.knownTimes.contains(signal.toMs) && (0...Self.largestMultiplierMicros).contains(signal.multiplierMicros)
        let span = PriceSignals.Span(fromMs: signal.fromMs, toMs: signal.toMs, multiplierMicros: signal.multiplierMicros)
        if !isSound {
            taken.refused = "its name, times or multiplier are out of range"
        } else if !state.signals.publish(state.number(ofName: signal.name), span) {
            taken.refused = "\(state.signals.count) signals are kept already: fewer and longer ones, or wait until old ones are forgotten"
        }
        outbox.count("price_signals", label: taken.refused.isEmpty ? "taken" : "refused")
        emitter.emit(.priceSignalTaken(taken), account: "", to: &outbox)
    }
}
