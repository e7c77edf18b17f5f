import Events

/// What must hold for a price beside type and destination, compiled.
struct PriceConditions: Sendable {
    var bands: [Int32] = []
    /// A bit for each direction; 0: any.
    var directions: UInt8 = 0
    var services: [[UInt8]] = []
    var categories: [[UInt8]] = []
    var segments: [[UInt8]] = []
    var networks: [Int32] = []
    /// Whether `networks` has the operator's own.
    var isAtHome = false
    var origins: [Int32] = []
    var net = NetRule.any
    var ageFromMs: Int64 = 0
    var ageToMs = Int64.max
    var firstUse = FirstUse.any
    /// How many of the favourite numbers count, from the first on; 0: not asked.
    var favourites = 0

    /// In the order in which they are tested: the later one fails, the nearer the price was.
    enum Kind: Int, CaseIterable {
        case direction, category, service, segment, network, origin, net, favourites, age, time, firstUse
    }
}
