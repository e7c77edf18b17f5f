import Customers
import Events
import Pipeline
import Quantities
import SwiftProtobuf

/// Feeds commands to the customers stage and says in short texts what came of them.
struct CommandDriver {
    private(set) var task = PartitionTask<CustomersStage>(partition: 0, position: 0)
    private(set) var tables = CustomersTables()
    private(set) var changelog: [(key: [UInt8], value: [UInt8]?)] = []
    /// Everything committed, as (topic, key, value).
    private(set) var emitted: [(topic: Topic, key: String, value: [UInt8])] = []
    private var outbox = Outbox()
    private var nextOffset: Int64 = 0

    static let hash = [UInt8](repeating: 0xab, count: 32)

    /// A driver that knows the sample catalogue and has read its marker.
    static func withCatalogue() throws -> CommandDriver {
        var driver = CommandDriver()
        try driver.load()
        try driver.feed(marker)
        driver.commit()
        return driver
    }

    static let marker = CustomerCommand.with { $0.catalogue.hash = .init(hash) }

    static let catalogue = CatalogueRecord.with {
        $0.content = .with {
            $0.offerings = [
                .with { $0.id = "extra"; $0.currency = "EUR"; $0.kind = .addon },
                .with { $0.id = "basic"; $0.currency = "EUR" }, .with { $0.id = "plus"; $0.currency = "EUR" },
                .with { $0.id = "dollar"; $0.currency = "USD" }, .with { $0.id = "old"; $0.currency = "EUR"; $0.status = .retired },
                .with { $0.id = "lasting"; $0.currency = "EUR"; $0.versions = [.with { $0.whenEnded = .bill }] },
            ]
            $0.issuers = [.with { $0.id = "tollnet"; $0.taxes = [.with { $0.category = "S" }] }]
            $0.timeZones = [.with { $0.id = "Europe/Prague" }]
        }
    }

    mutating func load(key: [UInt8] = hash) throws {
        let value: [UInt8] = try Self.catalogue.serializedBytes()
        try key.withUnsafeBytes { key in
            try value.withUnsafeBytes { try tables.apply(.catalogueContent, InputRecord(partition: 0, offset: 0, key: key, value: $0)) }
        }
    }

    @discardableResult
    mutating func feed(_ json: String, contentType: String? = nil) throws -> StepResult { try feed(Array(json.utf8), contentType: contentType) }

    @discardableResult
    mutating func feed(_ command: CustomerCommand) throws -> StepResult { try feed(command.serializedBytes() as [UInt8]) }

    @discardableResult
    mutating func feed(_ value: [UInt8]?, contentType: String? = nil) throws -> StepResult {
        let key: [UInt8] = []
        let type = Array((contentType ?? "").utf8)
        let result = try key.withUnsafeBytes { key in
            try type.withUnsafeBytes { type in
                let headers = contentType == nil ? [] : [InputRecord.Header(name: "content-type", value: type)]
                guard let value else { return try step(InputRecord(partition: 0, offset: nextOffset, key: key, value: nil)) }
                return try value.withUnsafeBytes {
                    try step(InputRecord(partition: 0, offset: nextOffset, key: key, value: $0, headers: headers[...]))
                }
            }
        }
        if result == .done { nextOffset += 1 }
        return result
    }

    private mutating func step(_ record: InputRecord) throws -> StepResult {
        try task.step(record, stage: CustomersStage(), tables: tables, outbox: &outbox)
    }

    /// In which format the changelog goes on.
    mutating func writes(_ format: StateFormat) { task.format = format }

    mutating func commit() {
        task.flush(into: &outbox)
        for entry in outbox.entries {
            let key = Array(outbox.bytes[entry.key])
            let value = entry.value.map { Array(outbox.bytes[$0]) }
            // How far the input was read is the runtime's own: these tests are about the state.
            if key.starts(with: [0x80, 0x00]) { continue }
            if entry.topic == .stateCustomers {
                changelog.append((key, value))
            } else {
                emitted.append((entry.topic, String(decoding: key, as: UTF8.self), value ?? []))
            }
        }
        outbox.removeAll()
    }

    mutating func restore() throws {
        outbox.removeAll()
        task = PartitionTask(partition: 0, position: nextOffset)
        for entry in changelog {
            try entry.key.withUnsafeBytes { key in try entry.value!.withUnsafeBytes { try task.restore(key: key, value: $0) } }
        }
        task.finishRestore()
    }

    /// What the commands come to, one text an output.
    mutating func outcome(of commands: [String]) throws -> [String] {
        let before = emitted.count
        for command in commands { try feed(command) }
        commit()
        return try emitted[before...].map { try Self.text($0.topic, $0.key, $0.value) }
    }

    private static func text(_ topic: Topic, _ key: String, _ value: [UInt8]) throws -> String {
        switch topic {
        case .customersEvents: "\(key): " + describe(try CustomerEvent(serializedBytes: value))
        case .usageNormalized: "\(key) to rating: " + describe(try NormalizedRecord(serializedBytes: value))
        case .customersDirectory:
            try "directory: " + describe(DirectoryEntry(serializedBytes: value))
        default: "unexpected \(topic.rawValue)"
        }
    }

    private static func describe(_ event: CustomerEvent) -> String {
        switch event.body {
        case .accountOpened(let opened): "opened \(opened.account) from \(opened.fromMs) \(opened.person.name)"
        case .subscriptionActivated(let active):
            "activated \(active.subscription) \(active.offering) from \(active.fromMs) \(active.identifiers.joined(separator: ","))"
        case .planChangeOrdered(let change): "plan \(change.subscription) \(change.offering) from \(change.fromMs)"
        case .subscriptionEnded(let ended): "ended \(ended.subscription) at \(ended.atMs)"
        case .identifierAssigned(let assigned): "assigned \(assigned.identifier) to \(assigned.subscription) from \(assigned.fromMs)"
        case .identifierReleased(let released): "released \(released.identifier) by \(released.subscription) at \(released.atMs)"
        case .favouritesSet(let set): "favourites of \(set.subscription) from \(set.fromMs): \(set.favourites.numbers.joined(separator: ","))"
        case .subscriptionSuspended(let event): "suspended \(event.subscription) \(event.barring.text) from \(event.fromMs): \(event.reason)"
        case .subscriptionResumed(let event): "resumed \(event.subscription) from \(event.fromMs)"
        case .commandRefused(let refused): "refused \(refused.reason) @\(refused.offset)"
        case .purchaseOrdered(let bought): "bought \(bought.offering) for \(bought.subscription) from \(bought.fromMs)"
        case .topUpOrdered(let topUp): "top-up \(topUp.amountNanos) \(topUp.currency) from \(topUp.fromMs) to \(topUp.expiresMs)"
        case .prepaidSet(let set):
            "prepaid \([set.creditLimitNanos, set.autoBelowNanos, set.autoAmountNanos, set.recurringAmountNanos].map(String.init).joined(separator: " "))"
        case nil: "nothing"
        }
    }

    private static func describe(_ record: NormalizedRecord) -> String {
        switch record.body {
        case .accountOpened(let opened): "opened \(opened.account)\(opened.hasPerson ? " with a person" : "")"
        case .subscriptionActivated(let active): "activated \(active.subscription) \(active.offering)\(active.identifiers.isEmpty ? "" : " with identifiers")"
        case .planChangeOrdered(let change): "plan \(change.subscription) \(change.offering)"
        case .subscriptionEnded(let ended): "ended \(ended.subscription)"
        case .favouritesSet(let set): "favourites of \(set.subscription): \(set.favourites.numbers.joined(separator: ","))"
        case .subscriptionSuspended(let event): "suspended \(event.subscription) \(event.barring.text)"
        case .subscriptionResumed(let event): "resumed \(event.subscription)"
        case .purchaseOrdered(let bought): "bought \(bought.offering)"
        case .topUpOrdered(let topUp): "top-up \(topUp.amountNanos)"
        case .prepaidSet: "prepaid"
        default: "something else"
        }
    }

    private static func describe(_ entry: DirectoryEntry) -> String {
        entry.identifier + entry.assignments.map { " \($0.subscription)[\($0.fromMs),\($0.toMs == 0 ? "" : String($0.toMs)))\($0.followsEnd ? "+" : "")" }.joined()
    }
}
