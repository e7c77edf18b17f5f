import Glibc

/// The process' own steady clock, for timeouts and latencies; it never decides anything of billing.
enum Monotonic {
    static var nowMs: Int64 { nowNs / 1_000_000 }

    static var nowNs: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
