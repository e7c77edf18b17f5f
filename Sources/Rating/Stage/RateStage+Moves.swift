import Events
import Pipeline
import Quantities

/// Usage that is another account's: it is charged nothing here and goes to usage.moves, whether it comes now or was charged before.
extension RateStage {
    /// What the account is told of an identifier that it holds or held. One that rating refused to open is told, too: usage comes to it first all the same.
    func tell(_ event: HolderChange, _ emitter: inout RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        var (account, subscription) = (event.account, event.subscription)
        let number = account.withUTF8 { state.accountNumber(UnsafeRawBufferPointer($0)) }
        let key = HeldIdentifier.Key(
            account: number, subscription: subscription.withUTF8 { state.subscriptionNumber(UnsafeRawBufferPointer($0), account: number) },
            identifier: EventID(high: event.identifierHigh, low: event.identifierLow))
        state.tell(key, HeldIdentifier(revision: event.revision, spans: event.held.map(Range.init)))
        emitter.emit(.holderChanged(event), account: event.account, to: &outbox)
        guard state.accounts[Int(number)].isKnown, state.subscriptions[Int(key.subscription)].isKnown else { return }
        // What was ordered of history as it looked before must not be carried out.
        state.changed(number, at: emitter.offset)
        guard event.hasLostFromMs, Self.knownTimes.contains(event.lostFromMs) else { return }
        let fact = LateFact(
            kind: .holder, account: event.account, subscription: event.subscription, fromMs: event.lostFromMs,
            why: "an identifier's usage is another's from \(Timestamp(ms: event.lostFromMs)) on", touchesFees: false)
        proposeRerate(for: fact, of: key.subscription, number, &emitter, state: &state, outbox: &outbox)
    }

    /// The usage goes on, and is known here, so that a copy is a duplicate.
    func move(
        _ usage: UsageView, revision: Int64, _ position: RawPosition, isKnown: Bool, _ record: InputRecord, state: inout RateState,
        outbox: inout Outbox
    ) throws {
        guard let value = record.value, let message = try? NormalizedRecord(serializedBytes: BorrowedBytes(value)) else {
            throw Self.corrupt(record, "it is no NormalizedRecord")
        }
        let known = usage.known
        if !isKnown { state.duplicates.insert(known, position, day: DuplicateGuard.day(of: usage.startMs)) }
        state.noteAway(known, at: usage.startMs)
        var emitter = RatedEmitter(record: record, cause: usage.id)
        let moved = UsageMoved.with {
            $0.account = message.usage.account
            $0.rawPartition = usage.rawPartition
            $0.rawOffset = usage.rawOffset
            $0.rawIndex = usage.rawIndex
        }
        let cause = emitter.emit(.moved(moved), account: moved.account, to: &outbox)
        emit(message.usage, cause: cause, revision: revision, record.partition, &outbox)
    }

    /// What was charged here is taken back, and the usage goes on with it.
    func move(_ corrected: UsageCorrected, cause: EventID, _ emitter: RatedEmitter, state: inout RateState, outbox: inout Outbox) {
        let record = NormalizedRecord.with { $0.usage = corrected.moved }
        guard let bytes: [UInt8] = try? record.serializedBytes() else { preconditionFailure("proto3 has no required fields") }
        let revision = bytes.withUnsafeBytes { bytes in
            var usage = UsageView()
            guard case .usage = usage.parse(bytes) else { preconditionFailure("it holds a usage") }
            state.noteAway(usage.known, at: usage.startMs)
            // What has changed since is told already: the directory is not asked for less.
            return state.accountIDs.find(usage.account).flatMap { state.otherHolder(of: usage, $0) } ?? 0
        }
        emit(corrected.moved, cause: cause, revision: revision, emitter.partition, &outbox)
    }

    private func emit(_ usage: Usage, cause: EventID, revision: Int64, _ partition: Int32, _ outbox: inout Outbox) {
        let move = UsageMove.with {
            $0.meta = Meta(cause: cause, stage: Self.name.idTag, ordinal: 0, engine: Engine.version)
            $0.usage = usage
            $0.revision = revision
        }
        outbox.count("usage_moved")
        outbox.emit(move, to: .usageMoves, partition: partition, key: usage.account)
    }
}
