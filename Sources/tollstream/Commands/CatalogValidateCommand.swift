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
                week, the destination and all else that its prices ask. So are allowances on which nothing can draw. Both may be meant so; with \
                --strict any of them exits 1.

                Example:
                  tollstream catalog validate Deploy/examples/demo/catalogue
                  tollstream catalog validate Deploy/examples/tour/catalogue --json
                """)
        @OptionGroup var source: Source
        @Flag(help: "Exit 1 where there is any gap, or an allowance that nothing can draw on.") var strict = false
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

            struct IdleAllowance: Encodable {
                var file: String
                var line: Int
                var offering: String
                var allowance: String
                var message: String
            }

            var name: String
            var hash: String
            var offerings: Int
            var gaps: [Gap]
            var idleAllowances: [IdleAllowance]
        }

        func run() throws {
            let outcome = try outcome()
            if json {
                try JSONOutput.print(outcome)
            } else {
                for gap in outcome.gaps { Terminal.note("\(gap.file):\(gap.line): offering \(gap.offering): \(gap.message)") }
                for idle in outcome.idleAllowances {
                    Terminal.note("\(idle.file):\(idle.line): offering \(idle.offering): allowance \(idle.allowance): \(idle.message)")
                }
                let gaps = outcome.gaps.isEmpty ? "" : ", \(outcome.gaps.count) gap(s)"
                let idle = outcome.idleAllowances.isEmpty ? "" : ", \(outcome.idleAllowances.count) allowance(s) that nothing can draw on"
                Terminal.output("\(outcome.name): \(outcome.offerings) offerings, no errors\(gaps)\(idle); hash \(outcome.hash)")
            }
            if strict, !outcome.gaps.isEmpty || !outcome.idleAllowances.isEmpty { throw ExitCode(1) }
        }

        private func outcome() throws -> Outcome {
            let (catalogue, places) = try CataloguePublisher.read(source.directory, tables: try source.tables())
            if !places.splits.isEmpty {
                let faults = places.splits.map(\.description).joined(separator: "\n")
                throw CommandFailure.data("\(source.directory): \(places.splits.count) error(s)\n\(faults)")
            }
            do throws(QuoteFault) {
                let nowMs = Int64(Date().timeIntervalSince1970 * 1000)
                var gaps = try PriceGaps(catalogue.content)
                let found = gaps.find(from: nowMs).map { gap in
                    let place = places[gap.offering, gap.version, gap.price]
                    return Outcome.Gap(
                        file: place?.file ?? "", line: place?.line ?? 0, offering: gap.offering, types: gap.types, dimension: gap.dimension.rawValue,
                        uncovered: gap.uncovered, message: gap.message)
                }
                let idle = IdleAllowance.find(in: catalogue.content, from: nowMs).map { idle in
                    let place = places.allowance(idle.allowance, of: idle.offering, version: idle.version)
                    return Outcome.IdleAllowance(
                        file: place?.file ?? "", line: place?.line ?? 0, offering: idle.offering, allowance: idle.id, message: idle.message)
                }
                return Outcome(
                    name: catalogue.content.name, hash: catalogue.key, offerings: catalogue.content.offerings.count, gaps: found, idleAllowances: idle)
            } catch {
                throw CommandFailure.data("\(source.directory): \(error)")
            }
        }
    }
}
