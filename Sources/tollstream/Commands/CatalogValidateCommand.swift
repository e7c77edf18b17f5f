import ArgumentParser
import Catalogue
import Foundation
import Rating

extension CatalogCommand {
    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a catalogue and say all that is wrong with it.",
            discussion: """
                Exits 65 where anything is wrong. Gaps are noted: usage of a type that an offering prices, and for which it finds no price, by the time of the \
                week, the destination and all else that its prices ask. They may be meant so; with --strict any gap exits 1.

                Example:
                  tollstream catalog validate Deploy/examples/demo/catalogue
                  tollstream catalog validate Deploy/examples/tour/catalogue --json
                """)
        @OptionGroup var source: Source
        @Flag(help: "Exit 1 where there is any gap.") var strict = false
        @Flag(help: "Print JSON.") var json = false

        private struct Outcome: Encodable {
            struct Gap: Encodable {
                var file: String
                var line: Int
                var offering: String
                var types: [String]
                var dimension: String
                var uncovered: String
                var message: String
            }

            var name: String
            var hash: String
            var offerings: Int
            var gaps: [Gap]
        }

        func run() throws {
            let outcome = try outcome()
            if json {
                try JSONOutput.print(outcome)
            } else {
                for gap in outcome.gaps { Terminal.note("\(gap.file):\(gap.line): offering \(gap.offering): \(gap.message)") }
                let gaps = outcome.gaps.isEmpty ? "" : ", \(outcome.gaps.count) gap(s)"
                Terminal.output("\(outcome.name): \(outcome.offerings) offerings, no errors\(gaps); hash \(outcome.hash)")
            }
            if strict, !outcome.gaps.isEmpty { throw ExitCode(1) }
        }

        private func outcome() throws -> Outcome {
            let (catalogue, places) = try CataloguePublisher.read(source.directory, tables: try source.tables())
            do throws(QuoteFault) {
                var gaps = try PriceGaps(catalogue.content)
                let found = gaps.find(from: Int64(Date().timeIntervalSince1970 * 1000)).map { gap in
                    let place = places[gap.offering, gap.version, gap.price]
                    return Outcome.Gap(
                        file: place?.file ?? "", line: place?.line ?? 0, offering: gap.offering, types: gap.types, dimension: gap.dimension.rawValue,
                        uncovered: gap.uncovered, message: gap.message)
                }
                return Outcome(name: catalogue.content.name, hash: catalogue.key, offerings: catalogue.content.offerings.count, gaps: found)
            } catch {
                throw CommandFailure.data("\(source.directory): \(error)")
            }
        }
    }
}
