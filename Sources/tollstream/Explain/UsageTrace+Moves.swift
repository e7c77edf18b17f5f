import Events
import KafkaRuntime
import Pipeline
import Quantities

/// How a usage went from one account to another, for its identifier's holder changed.
extension UsageTrace {
    /// Its way from the account that it left.
    struct Move {
        var place: String
        var message: UsageMove

        var id: EventID { message.meta.id }
        /// That of the record of usage.normalized which the move stage makes of it.
        var arrivalID: EventID { EventID(cause: id, stage: StageName.move.idTag, ordinal: 0) }
    }

    /// Looks in usage.moves for what was found. Where it is there, an id or a place in usage.rated has named the usage at one of its holders: then all are
    /// looked for.
    mutating func followMoves(_ wanted: Wanted, _ log: KafkaLog) throws {
        let places = Set(rated.map(\.message.rawPlace) + departures.map(\.message.rawPlace) + rejected.map(\.message.rawPlace))
        if places.isEmpty { return }
        let known = Set(moves.map(\.id))
        let before = moves.count
        for partition in 0..<(try log.partitionCountIfThere(of: .usageMoves)) {
            try log.read(.usageMoves, partition: partition, try log.offsets(of: .usageMoves, partition: partition)) { record in
                guard let value = record.value else { return true }
                let move = try UsageMove(serializedBytes: BorrowedBytes(value))
                if places.contains(move.usage.rawPlace), !known.contains(move.meta.id) {
                    moves.append(Move(place: "\(Topic.usageMoves.rawValue)/\(partition)/\(record.offset)", message: move))
                }
                return true
            }
        }
        if moves.count == before { return }
        if case .raw = wanted { return }
        (rated, corrections, duplicates, rejected, departures) = ([], [], [], [], [])
        try searchRated(.raw(Array(places)), log)
    }

    /// The suspensions and the moves on the way to what was rated by the record of usage.normalized with that id; the first ones first.
    func way(to normalized: EventID?, of place: RawUsagePlace) -> (suspensions: [Suspension], moves: [Move]) {
        var way: [Move] = []
        var passed: [Suspension] = []
        var last = moves.first { $0.arrivalID == normalized }
        while let move = last, way.count < moves.count {
            way.insert(move, at: 0)
            let suspension = suspensions.first { $0.entry.message.meta.id == move.message.meta.cause }
            if let suspension { passed.insert(suspension, at: 0) }
            // What nobody held had come by the move that failed; all else by the one that its usage names.
            let before = suspension.map { $0.entry.message.stage == StageName.move.rawValue ? $0.entry.message.meta.cause : nil } ?? nil
            let wanted = before ?? move.message.usage.moved.event.id
            last = moves.first { $0.id == wanted }
        }
        return (suspensions(before: place) + passed, way)
    }

    /// The records of usage.normalized by which the usage came, in the order of its way from account to account, with what each was rated; one without an id
    /// for corrections of what is not in the log any more.
    var arrivals: [(normalized: EventID?, cause: String?, rated: [Found<RatedUsage>])] {
        var ids: [EventID?] = []
        for id in rated.map(\.causeID) + rejected.map(\.causeID) where !ids.contains(id) { ids.append(id) }
        if !ids.contains(nil), !corrections(ofRated: nil).isEmpty { ids.append(nil) }
        let found = ids.map { id in
            let rated = rated.filter { $0.causeID == id }
            return (id, rated.first?.cause ?? rejected.first { $0.causeID == id }?.cause, rated)
        }
        func hops(_ place: Int) -> Int { found[place].2.first.map { way(to: found[place].0, of: $0.message.rawPlace).moves.count } ?? 0 }
        return found.indices.sorted { (hops($0), $0) < (hops($1), $1) }.map { found[$0] }
    }

    /// What let the move go: a record of usage.rated, or the suspension that it sends again.
    func origin(of move: Move) -> String? {
        let cause = move.message.meta.cause
        return departures.first { $0.id == cause }?.place ?? corrections.first { $0.id == cause }?.place
            ?? suspensions.first { $0.entry.message.meta.id == cause }?.entry.place
    }

    /// By which rerate a charge was taken back, and the move by which the usage went on; nil where it stayed.
    func departure(ofRated normalized: EventID?) -> (rerate: String, move: Move?)? {
        guard let correction = corrections(ofRated: normalized).first(where: { $0.message.hasMoved }) else { return nil }
        return (correction.message.rerate, moves.first { $0.message.meta.cause == correction.id })
    }

    /// What was made of the charge since, in order: of the usage as that record of usage.normalized brought it, for it may have come to several accounts.
    func corrections(ofRated normalized: EventID?) -> [Found<UsageCorrected>] {
        let all = rated.map { (id: $0.id, causeID: $0.causeID) } + rejected.map { (id: $0.id, causeID: $0.causeID) }
        return corrections.filter { one in
            let original = all.first { $0.id == one.message.original.id }
            return original.map { $0.causeID == normalized } ?? (normalized == nil)
        }
    }

    /// Where the move led.
    func destination(of move: Move) -> String {
        let account =
            rated.first { $0.causeID == move.arrivalID }?.message.account ?? departures.first { $0.causeID == move.arrivalID }?.message.account
            ?? rejected.first { $0.causeID == move.arrivalID }?.message.account
            ?? suspensions.first { $0.entry.message.usage.moved.event.id == move.id }?.entry.message.usage.account
        if let account { return "to account \(account)" }
        if let suspended = suspensions.first(where: { $0.entry.message.meta.cause == move.id }) {
            return "to no account: \(suspended.entry.message.reason) (\(suspended.entry.place))"
        }
        return "which may not be processed yet"
    }
}
