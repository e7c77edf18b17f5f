import Events
import Pipeline
import Quantities

/// What stands in usage.moves, what it came of, and what came of it: some 200 bytes a move. Usages are held as digests alone.
struct MoveBook {
    struct Move {
        let id: EventID
        let partition: Int32
        let offset: Int64
        /// What rate said of the usage; or the suspended event that is sent through once more.
        let cause: EventID
        let recycles: EventID?
        let revision: Int64
        /// As it left.
        let usage: EventID
        /// What of it is the same at each holder's.
        let rest: EventID
        /// The move stage has done it.
        let isDone: Bool
        var hasCause = false
        var hasOutcome = false
    }

    /// In the order of the log.
    private(set) var all: [Move] = []
    private var places: [EventID: Int] = [:]
    private var byCause: [EventID: Int] = [:]
    /// The events that rated or rejected what was taken back since, for it is another's.
    private(set) var takenBack: Set<EventID> = []

    /// False where another move is of the same cause. One that stands there twice was found by its id.
    mutating func add(_ move: UsageMove, _ partition: Int32, _ offset: Int64, isDone: Bool) -> Bool {
        guard places[move.meta.id] == nil else { return true }
        let (cause, usage) = (move.meta.cause, Correction.digest(move.usage))
        all.append(
            Move(
                id: move.meta.id, partition: partition, offset: offset, cause: cause, recycles: move.hasRecycles ? move.recycles.id : nil,
                revision: move.revision, usage: usage, rest: Self.rest(move.usage), isDone: isDone))
        places[move.meta.id] = all.count - 1
        if byCause[cause] != nil { return false }
        byCause[cause] = all.count - 1
        return true
    }

    subscript(_ id: EventID) -> Move? { places[id].map { all[$0] } }

    /// The move that `cause` brought about.
    func move(of cause: EventID) -> Move? { byCause[cause].map { all[$0] } }

    mutating func noteCause(of id: EventID) { if let place = places[id] { all[place].hasCause = true } }

    /// False where something came of it before.
    mutating func noteOutcome(of id: EventID) -> Bool {
        guard let place = places[id] else { return true }
        defer { all[place].hasOutcome = true }
        return !all[place].hasOutcome
    }

    mutating func takeBack(_ original: EventID) { takenBack.insert(original) }

    /// All but whose it is, and how it came there.
    static func rest(_ usage: Usage) -> EventID {
        var usage = usage
        (usage.account, usage.subscription) = ("", "")
        usage.clearMoved()
        return Correction.digest(usage)
    }
}

/// Where a usage came from, and by which move: each of its holders may have it refused once.
struct UsagePlace: Hashable {
    var raw: RawPosition
    /// None where it did not come by a move.
    var move: EventID

    init(raw: RawPosition, move: EventID) { (self.raw, self.move) = (raw, move) }

    init(_ usage: Usage) { self.init(raw: usage.rawPosition, move: usage.hasMoved ? usage.moved.event.id : .none) }
}
