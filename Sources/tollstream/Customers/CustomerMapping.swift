import Events
import Foundation
import Quantities
import Yams

/// How a table of customers becomes commands: each field is a template over the table's columns. Without a mapping file the columns
/// are the fields' own names.
struct CustomerMapping: Decodable {
    var account = "{account}"
    var currency = "{currency}"
    var timeZone = "{timeZone}"
    var billCycleDay = "{billCycleDay}"
    var issuer = "{issuer}"
    var taxCategory = "{taxCategory}"
    /// The column "segment" where the table has one; else none.
    var segment = ""
    /// "postpaid" or "prepaid", and how far a prepaid balance may fall below zero, as a decimal: the columns "payment" and "credit_limit" where the
    /// table has them; else postpaid, and zero.
    var payment = ""
    var creditLimit = ""
    var name = "{name}"
    var email = "{email}"
    var address = "{address}"
    var subscription = "{subscription}"
    var offering = "{offering}"
    /// Several stand with spaces between.
    var identifiers = "{identifiers}"
    /// RFC 3339.
    var from = "{from}"
    /// Whether a file says what the columns mean. The table is then another system's, and may have more of them.
    private(set) var isGiven = false

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case account, currency, timeZone, billCycleDay, issuer, taxCategory, segment, payment, creditLimit
        case name, email, address, subscription, offering, identifiers, from
    }

    init() {}

    init(from decoder: any Decoder) throws {
        isGiven = true
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys, _ fallback: String) throws -> String { try fields.decodeIfPresent(String.self, forKey: key) ?? fallback }
        account = try text(.account, account)
        currency = try text(.currency, currency)
        timeZone = try text(.timeZone, timeZone)
        billCycleDay = try text(.billCycleDay, billCycleDay)
        issuer = try text(.issuer, issuer)
        taxCategory = try text(.taxCategory, taxCategory)
        segment = try text(.segment, segment)
        payment = try text(.payment, payment)
        creditLimit = try text(.creditLimit, creditLimit)
        name = try text(.name, name)
        email = try text(.email, email)
        address = try text(.address, address)
        subscription = try text(.subscription, subscription)
        offering = try text(.offering, offering)
        identifiers = try text(.identifiers, identifiers)
        self.from = try text(.from, self.from)
    }

    static func read(_ path: String) throws -> CustomerMapping {
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandFailure.data("\(path): can't be read") }
        do {
            return try YAMLDecoder().decode(CustomerMapping.self, from: data)
        } catch {
            throw CommandFailure.data("\(path): expected text for each field: \(String(describing: error).replacingOccurrences(of: "\n", with: " "))")
        }
    }

    /// The commands for one table: an account when it first comes, then a subscription a row.
    ///
    /// A command's id is a hash of its content, so that importing a file twice changes nothing.
    func commands(_ table: CSVTable, path: String, constants: [String: String]) throws -> [CustomerCommand] {
        try check(table.columns, path: path, constants: constants)
        var commands: [CustomerCommand] = []
        var opened: Set<String> = []
        let payment = payment.isEmpty && table.columns.contains("payment") ? "{payment}" : payment
        let creditLimit = creditLimit.isEmpty && table.columns.contains("credit_limit") ? "{credit_limit}" : creditLimit
        let segment = segment.isEmpty && table.columns.contains("segment") ? "{segment}" : segment
        for (line, row) in table.rows {
            func fill(_ text: String) -> String { Template(text).fill { constants[$0] ?? table.value($0, in: row) } }
            let account = fill(account)
            guard !account.isEmpty else { throw CommandFailure.data("\(path):\(line): no account; the mapping says \"\(self.account)\"") }
            let from = fill(from)
            guard Timestamp(rfc3339: from) != nil else {
                throw CommandFailure.data("\(path):\(line): from \"\(from)\" is not RFC 3339, for example 2026-10-01T00:00:00Z")
            }
            if opened.insert(account).inserted {
                guard let day = UInt32(fill(billCycleDay)) else {
                    throw CommandFailure.data("\(path):\(line): billCycleDay \"\(fill(billCycleDay))\" is no number")
                }
                var command = CustomerCommand()
                command.openAccount.account = account
                command.openAccount.from = from
                command.openAccount.terms.currency = fill(currency)
                command.openAccount.terms.timeZone = fill(timeZone)
                command.openAccount.terms.billCycleDay = day
                command.openAccount.terms.issuer = fill(issuer)
                command.openAccount.terms.taxCategory = fill(taxCategory)
                command.openAccount.terms.segment = fill(segment)
                switch fill(payment) {
                case "", "postpaid": break
                case "prepaid": command.openAccount.terms.payment = .prepaid
                case let other: throw CommandFailure.data("\(path):\(line): payment \"\(other)\" is neither postpaid nor prepaid")
                }
                let limit = fill(creditLimit)
                if !limit.isEmpty {
                    guard let nanos = DecimalText.parse(limit, decimals: 9).flatMap({ Int64(exactly: $0) }), nanos >= 0 else {
                        throw CommandFailure.data("\(path):\(line): credit limit \"\(limit)\" is no amount such as 20 or 7.50")
                    }
                    command.openAccount.terms.creditLimitNanos = nanos
                }
                command.openAccount.person.keyID = account
                command.openAccount.person.name = fill(name)
                command.openAccount.person.email = fill(email)
                command.openAccount.person.address = fill(address)
                commands.append(try command.withContentID())
            }
            let subscription = fill(subscription)
            guard !subscription.isEmpty else { continue }
            var command = CustomerCommand()
            command.activateSubscription.account = account
            command.activateSubscription.subscription = subscription
            command.activateSubscription.offering = fill(offering)
            command.activateSubscription.identifiers = fill(identifiers).split(separator: " ").map(String.init)
            command.activateSubscription.from = from
            commands.append(try command.withContentID())
        }
        return commands
    }
}

extension CustomerMapping {
    private static let optionalColumns = ["segment", "payment", "credit_limit"]

    private var templates: [(field: CodingKeys, text: String)] {
        [
            (.account, account), (.currency, currency), (.timeZone, timeZone), (.billCycleDay, billCycleDay), (.issuer, issuer),
            (.taxCategory, taxCategory), (.segment, segment), (.payment, payment), (.creditLimit, creditLimit), (.name, name), (.email, email),
            (.address, address), (.subscription, subscription), (.offering, offering), (.identifiers, identifiers), (.from, from),
        ]
    }

    /// A column that is misspelt would be left out without a word: an account would be postpaid whose table says prepaid.
    ///
    /// - Throws: `CommandFailure` (65) for a column that no field is made of, where no mapping was given, and for one that a field needs and the table
    ///   does not have.
    private func check(_ columns: [String], path: String, constants: [String: String]) throws {
        let known = templates.flatMap { Template($0.text).names } + Self.optionalColumns
        // One without a name comes of a comma at the end of each line.
        for column in columns where !isGiven && !column.isEmpty && !known.contains(column) {
            let meant = Spelling.nearest(column, of: known.filter { !columns.contains($0) }).map { "is \($0) meant?" }
            throw CommandFailure.data("\(path):1: unknown column \"\(column)\"; \(meant ?? "the columns are \(known.joined(separator: ", "))")")
        }
        func missing(_ text: String) -> String? { Template(text).names.first { constants[$0] == nil && !columns.contains($0) } }
        var needed: Set<CodingKeys> = [.account, .currency, .timeZone, .billCycleDay, .issuer, .taxCategory, .segment, .payment, .creditLimit, .from]
        if missing(subscription) == nil { needed.insert(.offering) }
        for (field, text) in templates where needed.contains(field) || text != "{\(field.stringValue)}" {
            guard let name = missing(text) else { continue }
            let meant = Spelling.nearest(name, of: columns).map { "; is its \"\($0)\" meant?" } ?? ""
            throw CommandFailure.data("\(path):1: no column \"\(name)\", which \(field.stringValue) is made of\(meant)")
        }
    }
}

extension CustomerCommand {
    /// Itself with an id that is a hash of its content.
    func withContentID() throws -> CustomerCommand {
        var hash = SipHash128()
        let bytes: [UInt8] = try serializedBytes()
        bytes.withUnsafeBytes { hash.combine(bytes: $0) }
        var command = self
        command.commandID = hash.finish().description
        return command
    }
}
