import ArgumentParser
import Catalogue
import Foundation
import Quantities

extension CatalogCommand {
    struct ImportCGRateS: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import-cgrates",
            abstract: "Turn a CGRateS tariff plan into a catalogue.",
            discussion: """
                Reads Destinations, Timings, Rates, DestinationRates, RatingPlans and RatingProfiles (CSV) and writes a catalogue's text. What could not \
                be carried over is said on standard error, with file and line.

                Example:
                  tollstream catalog import-cgrates tariffplan --out catalogue --currency EUR
                  tollstream catalog validate catalogue
                """)
        @Argument(help: "The folder of the tariff plan's CSV files.") var directory: String
        @Option(help: ArgumentHelp("Where to write the catalogue: a new or an empty folder.", valueName: "dir")) var out: String
        @Option(help: "Whose rating profiles are taken, where the plan has several tenants.") var tenant: String?
        @Option(help: "The currency that the rates are meant in, ISO 4217; XXX is none.") var currency = "XXX"
        @Option(help: ArgumentHelp("Where the plan's times of day hold, an IANA time zone.", valueName: "zone")) var timeZone = "UTC"
        @Flag(help: "Print JSON.") var json = false

        private struct Outcome: Encodable {
            struct Note: Encodable {
                var file: String
                var line: Int
                var what: String
                var why: String
            }

            var files: [String]
            var notes: [Note]
        }

        func run() throws {
            guard Currency(currency) != nil else { throw CommandFailure.usage("--currency \(currency): expected an ISO 4217 code, such as EUR") }
            let files = FileManager.default
            if let present = try? files.contentsOfDirectory(atPath: out), !present.isEmpty {
                throw CommandFailure.data("\(out): is not empty; name a new folder")
            }
            let imported = try imported()
            for file in imported.files { try write(file) }
            if json {
                let notes = imported.notes.map { Outcome.Note(file: $0.file, line: $0.line, what: $0.what, why: $0.why) }
                return try JSONOutput.print(Outcome(files: imported.files.map(\.path), notes: notes))
            }
            for note in imported.notes { Terminal.note("\(note)") }
            Terminal.note("wrote \(imported.files.count) files to \(out); \(imported.notes.count) note(s)")
        }

        private func imported() throws -> ImportedCatalogue {
            do throws(CatalogueErrors) {
                return try CGRateSImport(tenant: tenant, currency: currency, timeZone: timeZone).run(directory)
            } catch {
                throw CommandFailure.data("\(directory): \(error.errors.count) error(s)\n\(error)")
            }
        }

        private func write(_ file: (path: String, text: String)) throws {
            let url = URL(fileURLWithPath: out).appendingPathComponent(file.path)
            do {
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: url)
            } catch {
                throw CommandFailure.data("\(url.path): can't be written: \(error.localizedDescription)")
            }
        }
    }
}
