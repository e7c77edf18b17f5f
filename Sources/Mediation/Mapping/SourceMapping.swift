import Events
import Quantities

/// A source definition, made ready: columns are places, constants are bytes.
struct SourceMapping: Sendable {
    enum Format: Sendable { case csv, json }

    /// Where a field's value comes from.
    enum Place: Sendable {
        case nowhere
        /// A range of `constants`.
        case constant(Range<Int>)
        case column(Int)
        case path([[UInt8]])
    }

    let id: [UInt8]
    let format: Format
    let columns: [[UInt8]]
    let separator: UInt8
    let scheme: [UInt8]
    let startFormat: TimeFormat
    /// The constants of all fields, one after the other: a step copies them once to where its fields may point.
    let constants: [UInt8]
    let source: Place
    let stream: Place
    let recordID: Place
    /// Where the record id is made of several fields; `recordID` is nowhere then.
    let recordIDs: [Place]
    /// A usage with the id of another and other content is billed.
    let billsConflicts: Bool
    let type: Place
    let subscriber: Place
    let otherParty: Place
    let start: Place
    let quantity: Place
    let unit: Place
    let category: Place
    let direction: Place
    let service: Place
    let network: Place
    let otherNetwork: Place
    /// How many places a mapping has.
    var placeCount: Int { 14 + recordIDs.count }
    /// Why the definition can't be used; nil where it can.
    let fault: StaticString?

    init(_ definition: SourceDefinition, zones: [ZoneRules]) {
        id = Array(definition.id.utf8)
        format = definition.format == "json" ? .json : .csv
        let columns = definition.columns.map { Array($0.utf8) }
        self.columns = columns
        scheme = Array((definition.subscriberScheme.isEmpty ? "msisdn" : definition.subscriberScheme).utf8)
        var fault: StaticString?
        let separator = definition.separator == "\\t" ? [UInt8(ascii: "\t")] : Array(definition.separator.utf8)
        if separator.count > 1 { fault = "the separator of the source definition is not one byte" }
        self.separator = separator.first ?? UInt8(ascii: ",")

        if definition.format != "csv" && definition.format != "json" { fault = "the source definition has no format that is known" }
        let zone = definition.timeZone.isEmpty ? ZoneRules.utc : zones.first { $0.id == definition.timeZone }
        if zone == nil { fault = "the time zone of the source definition is not in the catalogue" }
        let startFormat = TimeFormat(definition.startFormat, zone: zone ?? .utc)
        if startFormat == nil { fault = "the start format of the source definition names no whole date" }
        self.startFormat = startFormat ?? .rfc3339

        var constants: [UInt8] = []
        func constant(_ text: String) -> Place {
            if text.isEmpty { return .nowhere }
            let from = constants.count
            constants.append(contentsOf: text.utf8)
            return .constant(from..<constants.count)
        }
        let isCSV = format == .csv
        func place(_ mapping: FieldMapping) -> Place {
            if mapping.column.isEmpty { return constant(mapping.constant) }
            if !isCSV { return .path(mapping.column.utf8.split(separator: UInt8(ascii: ".")).map { Array($0) }) }
            if let column = columns.firstIndex(of: Array(mapping.column.utf8)) { return .column(column) }
            fault = "the source definition maps a column that it does not have"
            return .nowhere
        }
        source = constant(definition.id)
        stream = constant(definition.stream)
        recordID = definition.recordIds.isEmpty ? place(definition.recordID) : .nowhere
        recordIDs = definition.recordIds.map(place)
        billsConflicts = definition.billsConflicts
        type = place(definition.type)
        subscriber = place(definition.subscriber)
        otherParty = place(definition.otherParty)
        start = place(definition.start)
        quantity = place(definition.quantity)
        unit = constant(definition.unit)
        category = place(definition.category)
        direction = place(definition.direction)
        service = place(definition.service)
        network = place(definition.network)
        otherNetwork = place(definition.otherNetwork)
        self.constants = constants
        self.fault = fault
    }

    /// Of all the record id's fields, in their order; nil where the record states none of them.
    private func compoundID(_ value: (Place) throws(Suspense) -> UnsafeRawBufferPointer) throws(Suspense) -> EventID? {
        var hash = SipHash128()
        var isStated = false
        for place in recordIDs {
            let part = try value(place)
            if part.count > MediationLimits.fieldBytes { throw Suspense(.tooLarge, field: "record_id", "a field is longer than 1,000 bytes") }
            if case .constant = place {} else if part.count > 0 { isStated = true }
            hash.combine(UInt64(part.count))
            hash.combine(bytes: part)
        }
        return isStated ? hash.finish() : nil
    }

    /// The fields, each through `value`.
    @inline(__always)
    func fields(_ value: (Place) throws(Suspense) -> UnsafeRawBufferPointer) throws(Suspense) -> RawFields {
        var fields = RawFields()
        fields.source = try value(source)
        fields.stream = try value(stream)
        fields.recordID = try value(recordID)
        if !recordIDs.isEmpty { fields.recordIDs = try compoundID(value) }
        fields.type = try value(type)
        fields.subscriber = try value(subscriber)
        fields.otherParty = try value(otherParty)
        fields.start = try value(start)
        fields.quantity = try value(quantity)
        fields.unit = try value(unit)
        fields.details.category = try value(category)
        fields.details.direction = try value(direction)
        fields.details.service = try value(service)
        fields.details.network = try value(network)
        fields.details.otherNetwork = try value(otherNetwork)
        return fields
    }
}
