import Events

/// What makes two charges of one subscription fall into one line. A partition has few shapes and millions of lines, so that a line
/// holds a shape's number only.
struct LineShape: Hashable {
    var kind: LineKind
    var unit: UsageUnit
    var offering: String
    var price: String
    var zone: String
    var type: String
    /// For late charges the period that they belong to; zero otherwise.
    var originalStartMs: Int64
    var originalEndMs: Int64

    init(_ charge: Charge, isLate: Bool) {
        kind = isLate ? Self.late(charge) : charge.kind
        unit = charge.unit
        offering = String(charge.offering)
        price = String(charge.price)
        zone = String(charge.zone)
        type = String(charge.type)
        originalStartMs = isLate ? charge.periodStartMs : 0
        originalEndMs = isLate ? charge.periodEndMs : 0
    }

    init(
        kind: LineKind, unit: UsageUnit, offering: String, price: String, zone: String, type: String, originalStartMs: Int64,
        originalEndMs: Int64
    ) {
        self.kind = kind
        self.unit = unit
        self.offering = offering
        self.price = price
        self.zone = zone
        self.type = type
        self.originalStartMs = originalStartMs
        self.originalEndMs = originalEndMs
    }

    var isLate: Bool {
        switch kind {
        case .lateOneTime: true
        case .lateUsage, .lateRecurring, .correctedUsage, .correctedRecurring: true
        case .oneTime: false
        case .unspecified, .usage, .recurring, .UNRECOGNIZED: false
        }
    }

    /// Cheaper than making a shape of the charge. Whether it is late is settled by where the line stands.
    @inline(__always)
    func matches(_ charge: Charge) -> Bool {
        price.equals(charge.price) && zone.equals(charge.zone) && type.equals(charge.type) && offering.equals(charge.offering) && unit == charge.unit
            && (kind == charge.kind || (isLate && kind == Self.late(charge) && originalStartMs == charge.periodStartMs))
    }

    static func late(_ charge: Charge) -> LineKind {
        if charge.kind == .oneTime { return .lateOneTime }
        if charge.kind == .recurring { return charge.correction == 0 ? .lateRecurring : .correctedRecurring }
        return charge.correction == 0 ? .lateUsage : .correctedUsage
    }
}

/// The shapes of a partition by number, in the order in which they first came. The numbers live in memory only.
struct ShapeTable {
    private var shapes: ContiguousArray<LineShape> = []
    private var numbers: [LineShape: Int32] = [:]

    subscript(number: Int32) -> LineShape {
        @inline(__always) _read { yield shapes[Int(number)] }
    }

    mutating func intern(_ shape: LineShape) -> Int32 {
        if let known = numbers[shape] { return known }
        let number = Int32(shapes.count)
        shapes.append(shape)
        numbers[shape] = number
        return number
    }
}
