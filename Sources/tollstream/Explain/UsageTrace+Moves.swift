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

    /// The record of usage.normalized whose charge or rejection was corrected, and its id.
    func original(of correction: UsageCorrected) -> (cause: String?, causeID: EventID?) {
        let id = correction.original.id
        if let found = rated.first(where: { $0.id == id }) { return (found.cause, found.causeID) }
        return (nil, rejected.first { $0.id == id }?.causeID)
    }

    /// What let the move go: a record of usage.rated, or the suspension that it sends again.
    func origin(of move: Move) -> String? {
        let cause = move.message.meta.cause
        return departures.first { $0.id == cause }?.place ?? corrections.first { $0.id == cause }?.place
            ?? suspensions.first { $0.entry.message.meta.id == cause }?.entry.place
    }

    /// By which rerate a charge was taken back, and the move by which the usage went on; nil where it stayed.
    func departure(ofRated normalized: EventID?) -> (rerate: String, move: Move?)? {
        let originals = rated.filter { $0.causeID == normalized }.map(\.id) + rejected.filter { $0.causeID == normalized }.map(\.id)
        guard let correction = corrections.first(where: { $0.message.hasMoved && originals.contains($0.message.original.id) }) else { return nil }
        return (correction.message.rerate, moves.first { $0.message.meta.cause == correction.id })
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
