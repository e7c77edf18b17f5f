import Dispatch
import Foundation
import Synchronization

/// SIGINT and SIGTERM as a question that can be asked and waited for.
final class StopSignal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    // Written once by the signal queue before the semaphore is signalled; sources live as long as the process.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []
    private let state = Mutex(false)

    static func install(onStop: (@Sendable () -> Void)? = nil) -> StopSignal {
        let stop = StopSignal()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stop.state.withLock { $0 = true }
                onStop?()
                stop.semaphore.signal()
            }
            source.resume()
            sources.append(source)
        }
        return stop
    }

    var isRequested: Bool { state.withLock { $0 } }

    /// Returns at once when a signal comes.
    func wait(seconds: Int? = nil) {
        if isRequested { return }
        if let seconds { _ = semaphore.wait(timeout: .now() + .seconds(seconds)) } else { semaphore.wait() }
    }
}
