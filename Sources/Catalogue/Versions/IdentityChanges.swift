import Events

/// Where two catalogues name the same record of a source differently: what was sent under the old one and comes again under the new one is not known
/// again as the same usage.
public enum IdentityChanges {
    /// Sentences for people, in the order of the old catalogue's sources.
    public static func warnings(from old: CatalogueContent, to new: CatalogueContent) -> [String] {
        let added = new.sources.filter { source in !old.sources.contains { $0.id == source.id } }
        return old.sources.flatMap { source -> [String] in
            guard let next = new.sources.first(where: { $0.id == source.id }) else { return renamed(source, added) }
            let names = changedNames(source, next)
            if !names.isEmpty {
                return [
                    "source \(source.id): \(names.joined(separator: ", ")) changed, and with it what names a usage: "
                        + "records that were billed before and are sent again would be billed twice"
                ]
            }
            let contents = changedContents(source, next)
            if contents.isEmpty { return [] }
            return [
                hasRecordID(source)
                    ? "source \(source.id): \(contents.joined(separator: ", ")) changed: a record that was billed before and is sent again may say something else, and be "
                        + (next.billsConflicts ? "billed twice" : "suspended as a conflicting duplicate")
                    : "source \(source.id): \(contents.joined(separator: ", ")) changed, and without a record id the content names a usage: "
                        + "records that were billed before and are sent again may be billed twice"
            ]
        }
    }

    /// A source that is gone may be there under another name.
    private static func renamed(_ source: SourceDefinition, _ added: [SourceDefinition]) -> [String] {
        if added.isEmpty { return [] }
        return [
            "source \(source.id) is gone, and its name is a part of what names a usage: its records that were billed before and are sent again by "
                + "\(added.map(\.id).joined(separator: ", ")) would be billed twice"
        ]
    }

    private static func hasRecordID(_ source: SourceDefinition) -> Bool { source.hasRecordID || !source.recordIds.isEmpty }

    private static func changedNames(_ old: SourceDefinition, _ new: SourceDefinition) -> [String] {
        func scheme(_ source: SourceDefinition) -> String { source.subscriberScheme.isEmpty ? "msisdn" : source.subscriberScheme }
        let fields: [(name: String, isChanged: Bool)] = [
            ("stream", old.stream != new.stream), ("record_id", recordID(old) != recordID(new)), ("subscriber", old.subscriber != new.subscriber),
            ("subscriber_scheme", scheme(old) != scheme(new)),
        ]
        return fields.filter(\.isChanged).map(\.name)
    }

    private static func recordID(_ source: SourceDefinition) -> [FieldMapping] {
        source.recordIds.isEmpty ? (source.hasRecordID ? [source.recordID] : []) : source.recordIds
    }

    /// The fields of `UsageContent`.
    private static func changedContents(_ old: SourceDefinition, _ new: SourceDefinition) -> [String] {
        let fields: [(name: String, isChanged: Bool)] = [
            ("type", old.type != new.type), ("other_party", old.otherParty != new.otherParty), ("start", old.start != new.start),
            ("start_format", old.startFormat != new.startFormat), ("time_zone", old.timeZone != new.timeZone), ("quantity", old.quantity != new.quantity),
            ("unit", old.unit != new.unit), ("category", old.category != new.category), ("direction", old.direction != new.direction),
            ("service", old.service != new.service), ("network", old.network != new.network), ("other_network", old.otherNetwork != new.otherNetwork),
        ]
        return fields.filter(\.isChanged).map(\.name)
    }
}
