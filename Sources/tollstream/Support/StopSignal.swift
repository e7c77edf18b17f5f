import Dispatch
import Foundation

/// SIGINT and SIGTERM as a question that can be asked and waited for.
final class StopSignal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    // Written once by the signal queue before the semaphore is signalled; sources live as long as the process.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []
    private let state = Locked(false)

    static func install(onStop: (@Sendable () -> Void)? = nil) -> StopSignal {
        let stop = StopSignal()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stop.state.set(true)
                onStop?()
                stop.semaphore.signal()
            }
            source.resume()
            sources.append(source)
        }
        return stop
    }

    var isRequested: Bool { state.value }

    /// Returns at once when a signal comes.
    func wait(seconds: Int? = nil) {
        if isRequested { return }
        if let seconds { _ = semaphore.wait(timeout: .now() + .seconds(seconds)) } else { semaphore.wait() }
    }
}

/// A value behind a lock.
final class Locked<Value: Sendable>: @unchecked Sendable {
    // Invariant: `stored` is read and written only while `lock` is held.
    private var stored: Value
    private let lock = NSLock()

    init(_ value: Value) { stored = value }

    var value: Value { lock.withLock { stored } }
    func set(_ value: Value) { lock.withLock { stored = value } }
    func update<R>(_ body: (inout Value) -> R) -> R { lock.withLock { body(&stored) } }
}
