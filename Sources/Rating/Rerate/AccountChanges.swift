import Events
import SwiftProtobuf

/// What comes out otherwise for one account.
struct AccountChanges {
    struct Price: Hashable {
        var offering: String
        var price: String
    }

    struct Row {
        var price: Price
        var charges: Int64 = 0
        var before: Int128 = 0
        var after: Int128 = 0
    }

    private(set) var rows: [Price: Row] = [:]
    /// Kept where the differences are to be carried out.
    var usages: [UsageCorrected] = []
    var fees: [FeeCorrected] = []

    mutating func add(_ offering: String, _ price: String, before: some BinaryInteger, after: some BinaryInteger) {
        let price = Price(offering: offering, price: price)
        rows[price, default: Row(price: price)].before += Int128(before)
        rows[price, default: Row(price: price)].after += Int128(after)
    }

    mutating func count(_ price: Price) { rows[price, default: Row(price: price)].charges += 1 }

    /// No order is longer: a broker takes records of a million bytes unless it is told otherwise.
    private static let orderBytes = 700_000

    /// The changes as orders, each short enough for a record; nil where the counters alone are longer than one.
    /// - Parameter base: the counters as they stood when history was read: left out where there is no room for them.
    func orders(_ head: RerateOrder, _ subscriptions: [String], _ counters: [CounterValues], base: [CounterValues]?) throws -> [RerateOrder]? {
        var orders = [head]
        orders[0].subscriptions = subscriptions
        orders[0].counters = counters
        if let base {
            orders[0].base = base
            orders[0].adjusts = true
            if try orders[0].serializedData().count > Self.orderBytes { (orders[0].base, orders[0].adjusts) = ([], false) }
        }
        var size = try orders[0].serializedData().count
        if size > Self.orderBytes { return nil }
        func room(for message: some Message) throws {
            let length = try message.serializedData().count + 8
            if size + length > Self.orderBytes {
                orders.append(head)
                size = 200
            }
            size += length
        }
        for fee in fees {
            try room(for: fee)
            orders[orders.count - 1].fees.append(fee)
        }
        for usage in usages {
            try room(for: usage)
            orders[orders.count - 1].usages.append(usage)
        }
        for place in orders.indices {
            orders[place].chunk = UInt32(place)
            orders[place].chunkCount = UInt32(orders.count)
        }
        return orders
    }
}
