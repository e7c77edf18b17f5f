import Quantities

/// What a usage of usage.normalized is known by.
///
/// A build that knew of no `UsageIdentity` wrote `former` alone, and accepted usage by it: (source, stream, record id), else the content. Both are
/// carried while such memories live, so that a file that is sent again across an upgrade, or across its taking back, is billed once.
struct KnownUsage {
    var identity: UsageIdentity
    var former: EventID
    /// Whether the record has no identity of its own, and this one was found from `former`: right where the record id is a single field.
    var isFormer: Bool
}

extension UsageView {
    var known: KnownUsage {
        @inline(__always) get {
            identity.isNone ? formerlyKnown : KnownUsage(identity: identity, former: formerIdentity, isFormer: false)
        }
    }

    /// Of a record by an older build.
    private var formerlyKnown: KnownUsage {
        var content = UsageContent(type: type, startMs: startMs, quantityMicros: quantityMicros, otherParty: otherParty)
        content.add(
            direction: UInt64(bitPattern: direction), category: category, service: service, network: network, otherNetwork: otherNetwork)
        let identity = UsageIdentity(record: formerIdentity, subscriber: servedParty, content: content.digest)
        return KnownUsage(identity: identity, former: formerIdentity, isFormer: true)
    }
}
