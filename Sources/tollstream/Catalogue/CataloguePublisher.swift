import Catalogue
import Events
import Foundation
import KafkaRuntime
import Pipeline
import Quantities

/// Publishes a compiled catalogue: its content, and the marker from which on it is in force in every partition, in one transaction.
struct CataloguePublisher {
    private let client: ClientConfiguration

    init(_ client: ClientConfiguration) { self.client = client }

    struct Outcome: Encodable {
        var name: String
        var hash: String
        /// False where this very content was in force already: nothing was published.
        var published: Bool
        /// From when on what was rated may now cost otherwise, where the publication was a correction.
        var correctsFrom: String?
        /// The rules of rating that the catalogue in force before was written for, and its hash, where they are others.
        var rulesBefore: UInt32?
        var hashBefore: String?
    }

    /// - Throws: `CommandFailure` (65) with all that is wrong with the catalogue's text.
    static func compile(_ directory: String, tables: [String: String]) throws -> CompiledCatalogue { try read(directory, tables: tables).catalogue }

    /// - Throws: as `compile`.
    static func read(_ directory: String, tables: [String: String]) throws -> (catalogue: CompiledCatalogue, places: PricePlaces) {
        do throws(CatalogueErrors) {
            let (content, places) = try CatalogueLoader(tables: tables).read(directory)
            return (CompiledCatalogue(content), places)
        } catch {
            // Of the folder itself, and so the only one.
            if let fault = error.errors.first, fault.file.isEmpty { throw CommandFailure.data("\(directory): \(fault)") }
            throw CommandFailure.data("\(directory): \(error.errors.count) error(s)\n\(error)")
        }
    }

    /// - Parameter isCorrection: what was promised may be broken. What was rated stays as it is until it is rated anew.
    func publish(directory: String, tables: [String: String], isCorrection: Bool = false) throws -> Outcome {
        let (catalogue, places) = try Self.read(directory, tables: tables)
        for split in places.splits { Terminal.note("\(split): until then such usage is suspended") }
        let (contents, keyInForce) = try list()
        let before = contents.first { $0.key == keyInForce }.map { max(1, $0.content.rulesVersion) }
        if keyInForce == catalogue.key { return Outcome(name: catalogue.content.name, hash: catalogue.key, published: false) }
        let now = Timestamp(ms: Int64(Date().timeIntervalSince1970 * 1000))
        var marker = catalogue.marker
        var correctsFrom: Timestamp?
        if isCorrection, let inForce = contents.first(where: { $0.key == keyInForce })?.content {
            correctsFrom = PublishedPromises.correctedFrom(from: inForce, to: catalogue.content, now: now)
            // Zero says that nothing is corrected.
            marker.correctsFromMs = correctsFrom.map { max(1, $0.ms) } ?? 0
        }
        if !isCorrection, let inForce = contents.first(where: { $0.key == keyInForce })?.content {
            let broken = PublishedPromises.broken(from: inForce, to: catalogue.content, now: now)
            if !broken.isEmpty {
                throw CommandFailure.data(
                    "\(directory): breaks what was published\n" + broken.joined(separator: "\n") + "\nwhere the published text was wrong, say --correction")
            }
        }
        let writer = try client.writer(transactionalID: "catalogue")
        var current = CatalogueRecord()
        current.current = catalogue.marker
        // The same content may be published again after another one: the time keeps the two apart.
        let cause = EventID(
            cause: EventID(high: UInt64(Date().timeIntervalSince1970 * 1000), low: 0), stage: 0, ordinal: UInt64(catalogue.hash[0]))
        try writer.inTransaction {
            try writer.send(.catalogueContent, partition: 0, key: catalogue.key, value: catalogue.record)
            let pointer: [UInt8] = try current.serializedBytes()
            try writer.send(.catalogueContent, partition: 0, key: "current", value: pointer)
            try writer.sendToEveryPartition(.catalogue(marker), cause: cause)
            var command = CustomerCommand()
            command.commandID = "catalogue-\(EventID(cause: cause, stage: 0, ordinal: .max))"
            command.catalogue = catalogue.marker
            let value: [UInt8] = try command.jsonUTF8Bytes()
            try writer.send(.customersCommands, partition: 0, key: command.commandID, value: value, headers: [("content-type", Array("application/json".utf8))])
        }
        return Outcome(
            name: catalogue.content.name, hash: catalogue.key, published: true, correctsFrom: correctsFrom?.description,
            rulesBefore: before == catalogue.content.rulesVersion ? nil : before,
            hashBefore: before == catalogue.content.rulesVersion ? nil : keyInForce)
    }

    /// The contents that the log holds, by key, and the key in force.
    func list() throws -> (contents: [(key: String, content: CatalogueContent)], current: String?) {
        let log = client.log()
        var contents: [(key: String, content: CatalogueContent)] = []
        var current: String?
        try log.read(.catalogueContent, partition: 0, try log.offsets(of: .catalogueContent, partition: 0)) { record in
            guard let value = record.value else { return true }
            let key = String(decoding: record.key, as: UTF8.self)
            switch try CatalogueRecord(serializedBytes: BorrowedBytes(value)).body {
            case .content(let content):
                contents.removeAll { $0.key == key }
                contents.append((key, content))
            case .current(let marker): current = Hex.string(marker.hash)
            case nil: break
            }
            return true
        }
        return (contents, current)
    }
}
