import Catalogue
import Foundation
import Testing

/// Destinations within each other, priced at some times only, and written with and without a plus sign.
@Suite("Destinations of CGRateS")
struct CGRateSZoneTests {
    private static func files(_ destinations: String, _ destinationRates: String, _ plans: String, timings: String = "") -> [String: String?] {
        [
            "Destinations.csv": destinations, "DestinationRates.csv": destinationRates, "RatingPlans.csv": plans,
            "Timings.csv": "PEAK,*any,*any,*any,1;2;3;4;5,08:00:00\nWEEK,,,,1;2;3;4;5,00:00:00\nWEEKEND,,,,6;7,00:00:00\nNEWYEAR,,1,1,,00:00:00\n"
                + "FIRST,,1;2;3;4;5;6,,,00:00:00\nSECOND,,7;8;9;10;11;12,,,00:00:00\n" + timings, "RatingProfiles.csv": "",
        ]
    }

    private static let rates = "A,X,R,,,,\nB,Y,D,,,,\nC,*any,D,,,,\n"

    struct Deck: CustomTestStringConvertible {
        var testDescription: String
        var destinations: String
        var plans: String
        /// Zones with their prefixes, and prices with their zones.
        var zones: String
        var prices: [String]
    }

    static let decks = [
        Deck(
            testDescription: "one within another", destinations: "X,49\nY,4915\n", plans: "P,A,*any,10\nP,B,*any,10\n", zones: "X: [49], Y: [4915]",
            prices: ["A.X.any: [X]", "B.Y.any: [Y]"]),
        Deck(
            testDescription: "the inner one at some times", destinations: "X,49\nY,4915\n", plans: "P,A,*any,10\nP,B,PEAK,10\nP,C,*any,10\n",
            zones: "X: [49], Y: [4915]", prices: ["B.Y.PEAK: [Y]", "A.X.any: [X]", "A.X.any.Y: [Y]", "C.any.any: -"]),
        Deck(
            testDescription: "of one prefix, the heavier at some times", destinations: "X,20\nX,30\nY,20\n", plans: "P,A,*any,10\nP,B,NEWYEAR,20\n",
            zones: "X-2: [30], Y: [20]", prices: ["B.Y.NEWYEAR: [Y]", "A.X.any: [X-2]", "A.X.any.Y: [Y]"]),
        Deck(
            testDescription: "in two that are not the same", destinations: "X,49\nY,4915\nY,7\n", plans: "P,A,*any,10\nP,B,PEAK,10\n",
            zones: "X: [49], Y-2: [4915], Y-3: [7]", prices: ["B.Y.PEAK: [Y-2, Y-3]", "A.X.any: [X]", "A.X.any.Y-2: [Y-2]"]),
        Deck(
            testDescription: "priced all week by two timings", destinations: "X,49\nY,4915\n", plans: "P,A,*any,10\nP,B,WEEK,10\nP,B,WEEKEND,10\n",
            zones: "X: [49], Y: [4915]", prices: ["A.X.any: [X]", "B.Y.WEEK: [Y]", "B.Y.WEEKEND: [Y]"]),
        Deck(
            testDescription: "priced all year by two timings", destinations: "X,49\nY,4915\n", plans: "P,A,*any,10\nP,B,FIRST,10\nP,B,SECOND,10\n",
            zones: "X: [49], Y: [4915]", prices: ["A.X.any: [X]", "B.Y.FIRST: [Y]", "B.Y.SECOND: [Y]"]),
        Deck(
            testDescription: "with and without a plus sign in one", destinations: "X,+49\nX,49\nX,1\nY,7\n", plans: "P,A,*any,10\n", zones: "X: [49, 1], Y: [7]",
            prices: ["A.X.any: [X]"]),
        Deck(
            testDescription: "of another plan", destinations: "X,49\nY,4915\n", plans: "P,A,*any,10\nQ,B,*any,10\n", zones: "X: [49], Y: [4915]",
            prices: ["A.X.any: [X]"]),
    ]

    @Test("are zones that lie apart", arguments: decks)
    func deck(_ deck: Deck) throws {
        let imported = try CGRateSImportTests.run(Self.files(deck.destinations, Self.rates, deck.plans)).get()
        func each(_ file: String, _ path: String, _ line: (String) throws -> String) throws -> [String] {
            var lines: [String] = []
            while case let at = path + "\(lines.count)", try CGRateSImportTests.value(imported, file, at) != "-" { lines.append(try line(at)) }
            return lines
        }
        let zones = try each("zones.yaml", "") { at in
            "\(try CGRateSImportTests.value(imported, "zones.yaml", at + ".id")): \(try CGRateSImportTests.value(imported, "zones.yaml", at + ".prefixes"))"
        }
        let prices = try each("offerings/P.yaml", "versions.0.prices.") { at in
            let (id, zones) = (
                try CGRateSImportTests.value(imported, "offerings/P.yaml", at + ".id"), try CGRateSImportTests.value(imported, "offerings/P.yaml", at + ".zones")
            )
            return "\(id): \(zones)"
        }
        #expect(zones.joined(separator: ", ") == deck.zones)
        #expect(prices == deck.prices)
    }

    @Test(
        "that can't be told apart are refused",
        arguments: [
            (
                "X,49\nY,49\n", "P,A,*any,10\nP,B,PEAK,10\n",
                "RatingPlans.csv:2: Weight: X and Y have prefix 49, the same weight and times in common in P: CGRateS takes either of them; expected a higher weight for one"
            ),
            (
                "X,+49\nY,4915\n", "P,A,*any,10\nP,B,*any,10\n",
                "Destinations.csv:2: Prefix: 4915 of Y beside +49 of X (line 1): only the plus sign tells numbers of the one from those of the other, and here it is no "
                    + "part of a number; expected all prefixes with it or none"
            ),
            (
                "X,49\nY,+49\n", "P,A,*any,10\nP,B,*any,20\n",
                "Destinations.csv:1: Prefix: 49 of X beside +49 of Y (line 2): only the plus sign tells numbers of the one from those of the other, and here it is no "
                    + "part of a number; expected all prefixes with it or none"
            ),
        ])
    func refused(destinations: String, plans: String, fault: String) throws {
        guard case .failure(let errors) = try CGRateSImportTests.run(Self.files(destinations, Self.rates, plans)) else {
            Issue.record("nothing was found")
            return
        }
        #expect(errors.errors.map(\.description).first == fault)
    }

    @Test("of one prefix are told apart by weight, and by times that never meet")
    func apart() throws {
        for plans in ["P,A,*any,10\nP,B,PEAK,20\n", "P,A,WEEKEND,10\nP,B,WEEK,10\n"] {
            #expect(throws: Never.self) { try CGRateSImportTests.run(Self.files("X,49\nY,49\n", Self.rates, plans)).get() }
        }
    }

    @Test("without a number, and those that others hide, are left out and told")
    func hidden() throws {
        let none = try CGRateSImportTests.run(Self.files("X,\nY,49\n", Self.rates, "P,A,*any,10\nP,B,*any,10\n")).get()
        #expect(
            none.notes.map(\.description) == [
                "Destinations.csv:1: the prefix \"\" of X: no number has it in CGRateS", "RatingPlans.csv:1: A for X in P: no number has a prefix of it",
            ])
        let hidden = try CGRateSImportTests.run(Self.files("X,49\nY,49\n", Self.rates, "P,A,*any,10\nP,B,*any,20\n")).get()
        #expect(hidden.notes.map(\.description) == ["RatingPlans.csv:1: A for X in P: other destinations have all of its prefixes, and a higher weight"])
    }

    @Test("Windows line ends, a byte-order mark, tabs, spaces, quotes and empty lines change nothing")
    func forms() throws {
        let plain = "X,49\nY,4915\n"
        let forms = ["X,49\r\nY,4915\r\n", "\u{FEFF}X,49\nY,4915", " X\t,\t49 \n\n\nY,4915\n", "\"X\",\"49\"\n#Z,1\n\"Y\",4915,,\n"]
        let expected = try CGRateSImportTests.run(Self.files(plain, Self.rates, "P,A,*any,10\nP,B,*any,10\n")).get().files.dropFirst(2).map(\.text)
        for form in forms {
            let found = try CGRateSImportTests.run(Self.files(form, Self.rates, "P,A,*any,10\nP,B,*any,10\n")).get()
            #expect(found.files.dropFirst(2).map(\.text) == expected, "\(form)")
        }
    }

    @Test("in capitals *ANY is none of the words that CGRateS knows, and is refused")
    func capitals() throws {
        guard case .failure(let errors) = try CGRateSImportTests.run(Self.files("X,49\nY,1\n", "A,*ANY,R,,,,\n", "P,A,*ANY,10\n")) else {
            Issue.record("nothing was found")
            return
        }
        #expect(errors.errors.map { "\($0.file):\($0.line) \($0.field)" } == ["DestinationRates.csv:1 DestinationId", "RatingPlans.csv:1 TimingTag"])
    }
}
