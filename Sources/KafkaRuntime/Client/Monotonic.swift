import Glibc

/// The process' own steady clock, for timeouts and latencies; it never decides anything of billing.
enum Monotonic {
    static var nowMs: Int64 { nowNs / 1_000_000 }

    /// User and system time of the whole process so far.
    static var processCPUNs: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    static var nowNs: Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
