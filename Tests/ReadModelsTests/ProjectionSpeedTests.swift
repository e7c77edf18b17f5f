import Foundation
import ReadModels
import Testing

@Suite("Projection speed", .serialized)
struct ProjectionSpeedTests {
    @Test(
        "rated usages a second", .enabled(if: ProcessInfo.processInfo.environment["TOLLSTREAM_MEASURE"] != nil, "a measurement, not a test"),
        arguments: [1_000, 20_000])
    func speed(accounts: Int) throws {
        let history = History()
        var random = Seeded(1)
        let names = (1...accounts).map { "A-\($0)" }
        for name in names { history.open(name) }
        for _ in 0..<300_000 {
            history.use(names.randomElement(using: &random)!, atMs: Int64.random(in: 0..<History.month, using: &random), nanos: 1_000)
        }
        let scratch = try Scratch()
        let view = try scratch.view()
        let clock = ContinuousClock()
        var records = 0
        let before = Self.cpuSeconds()
        let time = try clock.measure { records = try ProjectionRunner(log: history.log, view: view).catchUp() }
        let cpu = Self.cpuSeconds() - before
        let checked = try clock.measure { _ = try view.checksum() }
        print(
            "\(accounts) accounts: \(records) records in \(time), \(Int(Double(records) / (time / .seconds(1)))) records/s; "
                + "\(Int(Double(records) / cpu)) records per second of CPU; checksum in \(checked)")
    }

    /// Of this thread, on which all of it runs: on a shared machine the wall's clock says little.
    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
