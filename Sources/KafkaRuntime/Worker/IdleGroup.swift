import Synchronization

/// Workers that stop together once all of them have been idle for a while: what one of them is still at may be another's next input.
public final class IdleGroup: Sendable {
    private struct Shared {
        /// Since when each member is idle, ms of the process' steady clock; nil while it is busy.
        var members: [String: Int64?] = [:]
        var isOver = false
    }

    private let shared = Mutex(Shared())
    private let seconds: Double

    /// - Parameter seconds: for how long all must have been idle.
    public init(seconds: Double) { self.seconds = seconds }

    /// Before the first member is started, so that none finds itself alone.
    package func join(_ worker: String) { shared.withLock { $0.members[worker] = .some(nil) } }

    package func report(_ worker: String, idleSinceMs: Int64?) { shared.withLock { $0.members[worker] = .some(idleSinceMs) } }

    /// Whether all have been idle for long enough; once so, for good, lest one goes on without the others: what comes then is left to the next
    /// start. True where there are no members.
    public var isOver: Bool {
        let nowMs = Monotonic.nowMs
        return shared.withLock { shared in
            if !shared.isOver {
                shared.isOver = shared.members.values.allSatisfy { since in since.map { Double(nowMs - $0) >= seconds * 1000 } ?? false }
            }
            return shared.isOver
        }
    }
}
