import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

extension Bench {
    /// Counters of many accounts: the memory that each takes, and how fast they come back from the changelog.
    mutating func measureRestore(accounts: Int) throws {
        let namespace = prefix + "-restore"
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: 1))
        Terminal.note("preparing \(accounts) accounts with counters")
        try publishAccounts(client, accounts)
        _ = try BenchProcess(["run", "rate", "--until-idle"], configuration: configuration, namespace: namespace).finish()
        Terminal.note("measuring restore")
        // An empty namespace' process is what the program takes without accounts.
        _ = try prepare(prefix + "-empty", traffic: nil)
        let empty = try BenchProcess(["run", "rate", "--until-idle"], configuration: configuration, namespace: prefix + "-empty").finish()
        let restored = try BenchProcess(["run", "rate", "--until-idle"], configuration: configuration, namespace: namespace).finish()
        guard let worker = restored.workers.first, worker.restoreSeconds > 0 else { return }
        let bytes = (restored.peakMemoryBytes - empty.peakMemoryBytes) / accounts
        var row = BenchRow(
            "restore of rating's state", events: accounts, perSecond: Double(accounts) / worker.restoreSeconds,
            note: "accounts/s; \(worker.restoredEntries) entries, \(bytes) bytes of peak memory an account")
        row.peakMemoryMB = restored.peakMemoryBytes >> 20
        rows.append(row)
    }

    /// Straight into usage.normalized: an account, a subscription and two usages each.
    private func publishAccounts(_ client: ClientConfiguration, _ accounts: Int) throws {
        let writer = try client.writer()
        let progress = Progress("publishing accounts", total: Int64(accounts))
        for number in 0..<accounts {
            let account = BenchTraffic.account(number)
            var records: [NormalizedRecord] = []
            var opened = NormalizedRecord()
            opened.accountOpened.account = account
            opened.accountOpened.fromMs = 1_790_812_800_000
            opened.accountOpened.terms.currency = "CZK"
            opened.accountOpened.terms.timeZone = "Europe/Prague"
            opened.accountOpened.terms.billCycleDay = 1
            opened.accountOpened.terms.issuer = "tollstream-cz"
            opened.accountOpened.terms.taxCategory = "standard"
            records.append(opened)
            var activated = NormalizedRecord()
            activated.subscriptionActivated.account = account
            activated.subscriptionActivated.subscription = account
            activated.subscriptionActivated.offering = "start"
            activated.subscriptionActivated.fromMs = 1_790_812_800_000
            records.append(activated)
            for (index, type) in ["voice", "data"].enumerated() {
                var used = NormalizedRecord()
                used.usage.identityHigh = UInt64(number)
                used.usage.identityLow = UInt64(index + 1) << 56 | UInt64(number)
                used.usage.rawOffset = Int64(number * 2 + index)
                used.usage.account = account
                used.usage.subscription = account
                used.usage.type = type
                used.usage.startMs = BenchTraffic.startMs(number)
                used.usage.quantityMicros = 60_000_000
                used.usage.unit = type == "voice" ? .second : .byte
                used.usage.parties.other = "420777123456"
                records.append(used)
            }
            for (index, var record) in records.enumerated() {
                record.meta = Meta(
                    id: EventID(cause: EventID(high: 0, low: UInt64(number)), stage: 0, ordinal: UInt64(index)), cause: .none, engine: Engine.version)
                let value: [UInt8] = try record.serializedBytes()
                try writer.send(.usageNormalized, key: account, value: value)
            }
            progress.advance()
        }
        try writer.flush()
        progress.finish()
    }
}
