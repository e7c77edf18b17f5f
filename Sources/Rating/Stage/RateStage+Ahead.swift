import Events
import Pipeline

/// Carrying out what was dated ahead.
extension RateStage {
    /// Of all accounts, what waits for the earliest time: a tick has passed it.
    func carryOutFirst(_ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        guard let dueMs = state.aheadQueue.firstEndMs, let account = state.takeFirstAhead() else { return }
        carryOut(account, by: dueMs, &emitter, state: &state, outbox: &outbox)
    }

    /// Before a usage that starts at `ms`, though no tick has passed that time yet.
    func carryOut(_ account: UInt32, by ms: Int64, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        for order in state.takeAhead(of: account, by: ms) {
            switch order.body {
            case .topUp(let event): topUp(event, isDue: true, &emitter, state: &state, outbox: &outbox)
            case .purchase(let event): buy(event, isDue: true, &emitter, state: &state, outbox: &outbox)
            }
        }
    }
}

extension RateState {
    /// What falls due first by a tick at `tickMs`.
    enum Due {
        case order
        case periodEnd
    }

    /// In the order of time; in one instant what begins comes before what ends.
    func firstDue(by tickMs: Int64, graceMs: Int64) -> Due? {
        let endMs = due.firstEndMs.map { $0 + graceMs }.flatMap { $0 <= tickMs ? $0 : nil }
        if let orderMs = aheadQueue.firstEndMs, orderMs <= min(tickMs, endMs ?? Int64.max) { return .order }
        return endMs == nil ? nil : .periodEnd
    }
}
