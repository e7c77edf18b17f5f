import Events
import Quantities

extension SourceReader {
    /// How one source's records become usage. A field names a column (csv) or a dotted path (json), or is `{constant: text}`.
    mutating func readSource(_ root: Field) {
        root.expectKeys([
            "id", "format", "columns", "separator", "stream", "record_id", "conflicts", "type", "subscriber", "subscriber_scheme", "other_party", "start",
            "start_format", "time_zone", "quantity", "unit", "category", "direction", "service", "network", "other_network",
        ])
        var source = SourceDefinition()
        source.id = root.text("id")
        if content.sources.contains(where: { $0.id == source.id }) { root.fail("source \(source.id) comes twice") }
        source.format = root.text("format")
        if source.format != "csv", source.format != "json" { root.optional("format")?.fail("expected csv or json, found \"\(source.format)\"") }
        source.columns = root.texts("columns")
        if source.format == "csv", source.columns.isEmpty { root.fail("a csv source names its columns") }
        source.separator = root.optional("separator")?.text ?? (source.format == "csv" ? "," : "")
        source.stream = root.text("stream")
        if let field = root.optional("record_id") { readRecordID(field, &source) }
        source.billsConflicts = root.choice("conflicts", ["suspend": false, "bill": true], false)
        if let field = root.required("type") {
            source.type = mapping(field, source)
            if !source.type.constant.isEmpty, units[source.type.constant] == nil { field.fail("unknown usage type \"\(source.type.constant)\"") }
        }
        if let field = root.required("subscriber") { source.subscriber = mapping(field, source) }
        source.subscriberScheme = root.optionalText("subscriber_scheme")
        if let field = root.optional("other_party") { source.otherParty = mapping(field, source) }
        if let field = root.required("start") { source.start = mapping(field, source) }
        source.startFormat = root.text("start_format")
        source.timeZone = root.optionalText("time_zone")
        if !source.timeZone.isEmpty, !content.timeZones.contains(where: { $0.id == source.timeZone }) {
            root.optional("time_zone")?.fail("the settings do not list time zone \"\(source.timeZone)\"")
        }
        if let field = root.required("quantity") { source.quantity = mapping(field, source) }
        if let field = root.optional("category") { source.category = mapping(field, source) }
        if let field = root.optional("direction") { source.direction = mapping(field, source) }
        if let field = root.optional("service") { source.service = mapping(field, source) }
        if let field = root.optional("network") { source.network = mapping(field, source) }
        if let field = root.optional("other_network") { source.otherNetwork = mapping(field, source) }
        source.unit = root.optionalText("unit")
        if !source.unit.isEmpty, !QuantityText.units.contains(where: { $0.symbol == source.unit }) {
            root.optional("unit")?.fail("expected one of \(QuantityText.units.map(\.symbol).joined(separator: ", ")), found \"\(source.unit)\"")
        }
        content.sources.append(source)
    }

    /// One field, or several that only together name a record.
    private func readRecordID(_ field: Field, _ source: inout SourceDefinition) {
        guard field.node.sequence != nil else { return source.recordID = mapping(field, source) }
        let fields = field.items
        let ids = fields.map { mapping($0, source) }
        for (place, id) in ids.enumerated() where ids[..<place].contains(id) { fields[place].fail("comes twice") }
        switch ids.count {
        case 0: field.fail("expected at least one field")
        case 1: source.recordID = ids[0]
        case 2...Self.recordIDFields: source.recordIds = ids
        default: field.fail("expected at most \(Self.recordIDFields) fields, found \(ids.count)")
        }
    }

    private static var recordIDFields: Int { 8 }

    private func mapping(_ field: Field, _ source: SourceDefinition) -> FieldMapping {
        var mapping = FieldMapping()
        if field.node.mapping != nil {
            field.expectKeys(["constant"])
            mapping.constant = field.text("constant")
            return mapping
        }
        mapping.column = field.text
        if source.format == "csv", !source.columns.contains(mapping.column) { field.fail("there is no column \"\(mapping.column)\"") }
        return mapping
    }
}
