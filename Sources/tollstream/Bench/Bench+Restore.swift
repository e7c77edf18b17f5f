import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

extension Bench {
    /// Counters of many accounts: the memory that each takes, and how fast they come back from the changelog.
    mutating func measureRestore(accounts: Int, usages: Int) throws {
        let namespace = prefix + "-restore"
        let client = try prepare(namespace, traffic: BenchTraffic(accounts: 1))
        Terminal.note("preparing \(accounts) accounts with counters")
        try publishAccounts(client, accounts)
        try publishUsages(client, accounts, usages)
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

    /// Straight into usage.normalized: an account and a subscription each.
    private func publishAccounts(_ client: ClientConfiguration, _ accounts: Int) throws {
        let writer = try client.writer()
        let progress = Progress("publishing accounts", total: Int64(accounts))
        for number in 0..<accounts {
            let account = BenchTraffic.account(number)
            var opened = NormalizedRecord()
            opened.accountOpened.account = account
            opened.accountOpened.fromMs = 1_790_812_800_000
            opened.accountOpened.terms.currency = "CZK"
            opened.accountOpened.terms.timeZone = "Europe/Prague"
            opened.accountOpened.terms.billCycleDay = 1
            opened.accountOpened.terms.issuer = "tollstream-cz"
            opened.accountOpened.terms.taxCategory = "standard"
            try send(opened, account, number, 0, writer)
            var activated = NormalizedRecord()
            activated.subscriptionActivated.account = account
            activated.subscriptionActivated.subscription = account
            activated.subscriptionActivated.offering = "start"
            activated.subscriptionActivated.fromMs = 1_790_812_800_000
            try send(activated, account, number, 1, writer)
            progress.advance()
        }
        try writer.flush()
        progress.finish()
    }

    /// One usage of each account after the other, again and again: voice and data in turn.
    private func publishUsages(_ client: ClientConfiguration, _ accounts: Int, _ usages: Int) throws {
        let writer = try client.writer()
        let progress = Progress("publishing usage", total: Int64(accounts * usages))
        for index in 0..<usages {
            for number in 0..<accounts {
                let account = BenchTraffic.account(number)
                let isVoice = index % 2 == 0
                var used = NormalizedRecord()
                // Identities are hashes, here as there.
                let identity = EventID(cause: EventID(high: UInt64(index), low: UInt64(number)), stage: 0, ordinal: 0)
                (used.usage.identityHigh, used.usage.identityLow) = (identity.high, identity.low)
                (used.usage.recordHigh, used.usage.recordLow) = (identity.low, UInt32(truncatingIfNeeded: identity.high))
                used.usage.content = UInt32(truncatingIfNeeded: index)
                used.usage.rawOffset = Int64(number * usages + index)
                used.usage.account = account
                used.usage.subscription = account
                used.usage.type = isVoice ? "voice" : "data"
                used.usage.startMs = BenchTraffic.startMs(number)
                used.usage.quantityMicros = 60_000_000
                used.usage.unit = isVoice ? .second : .byte
                used.usage.parties.other = "420777123456"
                try send(used, account, number, UInt64(index + 2), writer)
                progress.advance()
            }
        }
        try writer.flush()
        progress.finish()
    }

    private func send(_ record: NormalizedRecord, _ account: String, _ number: Int, _ ordinal: UInt64, _ writer: LogWriter) throws {
        var record = record
        record.meta = Meta(
            id: EventID(cause: EventID(high: 0, low: UInt64(number)), stage: 0, ordinal: ordinal), cause: .none, engine: Engine.version)
        let value: [UInt8] = try record.serializedBytes()
        try writer.send(.usageNormalized, key: account, value: value)
    }
}
