import Events
import Pipeline
import Quantities

// Entries of state.customers:
//   "a" account → currency, start, whether prepaid
//   "s" subscription → account, start, end, keys of identifiers, plans, suspensions
//   "i" key     → identifier, assignments, and in version 3 the revision and until when usage went there first    "h" → the catalogue's hash
//   "c" command key → 1; or, in the second format, 2, the content's digest and the offset
// In the first format without a version, in later ones marked with it.
extension CustomersState {
    private static let version: UInt8 = 2
    /// Of an identifier whose changes are counted. Once they are they stay so, whatever the format: what was told to rating has to stay true.
    private static let toldVersion: UInt8 = 3

    public mutating func flush(into changelog: inout ChangelogWriter) {
        let format = changelog.format
        func begin() -> EntryWriter {
            var value = EntryWriter()
            value.version(Self.version, in: format)
            return value
        }
        if isCatalogueDirty {
            isCatalogueDirty = false
            changelog.put(key: [UInt8(ascii: "h")], value: begin().bytes + catalogue)
        }
        commands.drainDirty { key, command in
            var value = begin()
            if format >= .second, let command = copy command, command.digest != 0 {
                value.byte(2)
                value.fixed(command.digest)
                value.signed(command.offset)
            } else {
                value.byte(1)
            }
            changelog.put(key: Self.key("c", key), value: value.bytes)
        }
        accounts.drainDirty { id, account in
            guard let account = copy account else { return }
            var value = begin()
            value.text(account.currency)
            value.signed(account.fromMs)
            value.byte(account.isPrepaid ? 1 : 0)
            changelog.put(key: Self.key("a", id), value: value.bytes)
        }
        subscriptions.drainDirty { id, subscription in
            guard let subscription = copy subscription else { return }
            var value = begin()
            value.text(subscription.account)
            value.signed(subscription.fromMs)
            value.signed(subscription.endMs)
            value.unsigned(UInt64(subscription.identifiers.count))
            for key in subscription.identifiers { value.id(key) }
            value.unsigned(UInt64(subscription.plans.count))
            for plan in subscription.plans {
                value.signed(plan.fromMs)
                value.text(plan.offering)
            }
            value.unsigned(UInt64(subscription.suspensions.count))
            for suspension in subscription.suspensions {
                value.signed(suspension.fromMs)
                value.signed(suspension.toMs)
            }
            changelog.put(key: Self.key("s", id), value: value.bytes)
        }
        identifiers.drainDirty { key, held in
            guard let held = copy held else { return }
            var value = EntryWriter()
            let isTold = held.revision > 0
            value.version(isTold ? Self.toldVersion : Self.version, in: isTold ? .second : format)
            value.text(held.text)
            value.unsigned(UInt64(held.assignments.count))
            for holding in held.assignments {
                value.text(holding.account)
                value.text(holding.subscription)
                value.signed(holding.fromMs)
                value.signed(holding.toMs)
                value.id(holding.event)
                value.byte(holding.followsEnd ? 1 : 0)
                if isTold { value.signed(holding.firstToMs) }
            }
            if isTold { value.signed(held.revision) }
            changelog.put(key: Self.key("i", key), value: value.bytes)
        }
    }

    private static func key(_ kind: Unicode.Scalar, _ id: String) -> [UInt8] { [UInt8(ascii: kind)] + Array(id.utf8) }

    private static func key(_ kind: Unicode.Scalar, _ id: EventID) -> [UInt8] {
        var writer = EntryWriter(capacity: 17)
        writer.byte(UInt8(ascii: kind))
        writer.id(id)
        return writer.bytes
    }

    public mutating func restore(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) throws {
        var keyReader = EntryReader(key)
        let kind = keyReader.byte()
        guard let value else { throw EntryFault(kind: EntryFault.kind(kind), reason: "it was removed, though none ever is") }
        var reader = EntryReader(value)
        let newest = kind == UInt8(ascii: "i") ? Self.toldVersion : Self.version
        let version = try reader.version(upTo: newest, of: EntryFault.kind(kind))
        switch kind {
        case UInt8(ascii: "h"): catalogue = Array(reader.rest())
        case UInt8(ascii: "c"):
            var command = DecidedCommand()
            switch reader.byte() {
            case 1: break
            case 2: command = DecidedCommand(digest: reader.fixed64(), offset: reader.signed())
            default: throw EntryFault.broken(kind: "c", version: version)
            }
            commands.set(keyReader.id(), command, clean: true)
        case UInt8(ascii: "a"):
            var account = Account(currency: reader.text(), fromMs: reader.signed(), isPrepaid: false)
            // The first builds knew no prepaid accounts, nor ...
            if version > 1 || !reader.isComplete { account.isPrepaid = reader.byte() == 1 }
            accounts.set(keyReader.restText(), account, clean: true)
        case UInt8(ascii: "s"):
            var subscription = Subscription(account: reader.text(), fromMs: reader.signed(), endMs: reader.signed())
            var left = reader.unsigned()
            while left > 0, reader.isSound {
                subscription.identifiers.append(reader.id())
                left -= 1
            }
            // ... plans and suspensions.
            let isOfFirstBuilds = version == 1 && reader.isComplete
            left = isOfFirstBuilds ? 0 : reader.unsigned()
            while left > 0, reader.isSound {
                subscription.plans.append(Plan(fromMs: reader.signed(), offering: reader.text()))
                left -= 1
            }
            left = isOfFirstBuilds ? 0 : reader.unsigned()
            while left > 0, reader.isSound {
                subscription.suspensions.append(Suspension(fromMs: reader.signed(), toMs: reader.signed()))
                left -= 1
            }
            subscriptions.set(keyReader.restText(), subscription, clean: true)
        case UInt8(ascii: "i"):
            var held = HeldIdentifier(text: reader.text())
            var left = reader.unsigned()
            while left > 0, reader.isSound {
                let account = reader.text()
                held.assignments.append(
                    Holding(
                        subscription: reader.text(), account: account, fromMs: reader.signed(), toMs: reader.signed(), event: reader.id(),
                        followsEnd: reader.byte() == 1, firstToMs: version >= Self.toldVersion ? reader.signed() : 0))
                left -= 1
            }
            if version >= Self.toldVersion { held.revision = reader.signed() }
            identifiers.set(keyReader.id(), held, clean: true)
        default: throw EntryFault.unknown(kind: EntryFault.kind(kind))
        }
        guard keyReader.isComplete, reader.isComplete else { throw EntryFault.broken(kind: EntryFault.kind(kind), version: version) }
    }
}

extension EntryWriter {
    fileprivate mutating func id(_ id: EventID) {
        fixed(id.high)
        fixed(id.low)
    }
}

extension EntryReader {
    fileprivate mutating func id() -> EventID { EventID(high: fixed64(), low: fixed64()) }
    fileprivate mutating func restText() -> String { String(decoding: rest(), as: UTF8.self) }
}
