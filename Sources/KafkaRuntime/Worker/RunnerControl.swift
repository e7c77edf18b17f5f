import Pipeline
import Synchronization

/// What a worker's thread and the rest of the process tell each other.
final class RunnerControl: Sendable {
    private struct Shared {
        var isStopping = false
        var snapshot: RunnerSnapshot
        var result: Result<Void, any Error>?
        var waiters: [CheckedContinuation<Void, any Error>] = []
    }

    private let shared: Mutex<Shared>

    /// The worker's.
    let name: String

    init(_ snapshot: RunnerSnapshot) {
        name = snapshot.worker
        shared = Mutex(Shared(snapshot: snapshot))
    }

    var isStopping: Bool { shared.withLock { $0.isStopping } }
    func requestStop() { shared.withLock { $0.isStopping = true } }

    var snapshot: RunnerSnapshot { shared.withLock { $0.snapshot } }
    func update(_ body: (inout RunnerSnapshot) -> Void) { shared.withLock { body(&$0.snapshot) } }

    func finish(_ result: Result<Void, any Error>) {
        let waiters = shared.withLock { shared in
            shared.result = result
            if case .failure = result { shared.snapshot.state = .failed } else { shared.snapshot.state = .stopped }
            defer { shared.waiters = [] }
            return shared.waiters
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    func waitUntilFinished() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result = shared.withLock { shared -> Result<Void, any Error>? in
                if shared.result == nil { shared.waiters.append(continuation) }
                return shared.result
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
