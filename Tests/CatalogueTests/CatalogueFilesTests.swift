import Catalogue
import Foundation
import Testing

@Suite("The catalogue's files")
struct CatalogueFilesTests {
    private static func errors(_ change: (Scratch) throws -> Void) throws -> [String] {
        let folder = try Scratch()
        defer { folder.remove() }
        for (file, text) in CatalogueLoaderTests.files { try folder.write(file, text) }
        try change(folder)
        do throws(CatalogueErrors) { _ = try CatalogueLoader().load(folder.path) } catch {
            return error.errors.map { $0.description.replacingOccurrences(of: folder.path, with: "") }
        }
        return []
    }

    @Test(
        "YAML that is not in its place is told, with what was meant",
        arguments: [
            ("profiles.yml", "profiles.yaml"), ("Zones.YML", "zones.yaml"), ("calendar.yaml", "calendars.yaml"), ("offerings/x.yml", "offerings/x.yaml"),
            ("offerings/res/weekend.yaml", "offerings/weekend.yaml"), ("offering/x.yaml", "offerings/x.yaml"), ("source/s.yml", "sources/s.yaml"),
            (
                "prices.yaml",
                "one of settings.yaml, issuers.yaml, zones.yaml, networks.yaml, calendars.yaml, profiles.yaml, or a file in offerings or sources"
            ),
        ])
    func misplaced(_ file: String, _ meant: String) throws {
        let errors = try Self.errors { try $0.add(file, "- {id: x}\n") }
        #expect(errors == ["\(file): is not read: expected \(meant)"])
    }

    @Test("what is hidden or no YAML may stand there", arguments: [
        "README", "notes.md", "offerings/plans.csv", "offerings/.#x.yaml", ".hidden.yaml", ".git/config.yml", "offerings/o.yaml~",
    ])
    func allowed(_ file: String) throws { #expect(try Self.errors { try $0.add(file, "x: [") } == []) }

    @Test("what all else follows from is said alone")
    func cause() throws {
        #expect(try Self.errors { try $0.delete("settings.yaml") } == ["settings.yaml: the file is missing in "])
        #expect(try Self.errors { try $0.write("settings.yaml", "name: [") }.count == 1)
        #expect(try Self.errors { $0.remove() } == ["there is no such folder"])
    }

    @Test(
        "a profile falls back to another subject of its category that has a profile",
        arguments: [
            ("[{category: c, subject: a, valid_from: 2026-01-01, offering: o, fallback: [b]}, {category: c, subject: b, valid_from: 2026-01-01, offering: o}]", nil),
            ("[{category: c, subject: a, valid_from: 2026-01-01, offering: o, fallback: [\"*\"]}, {category: c, subject: \"*\", valid_from: 2026-01-01, offering: o}]", nil),
            ("\n- {category: c, subject: a, valid_from: 2026-01-01, offering: o, fallback: [a]}", "profiles.yaml:2: [0].fallback[0]: a profile can't fall back to its own subject"),
            (
                "[{category: c, subject: a, valid_from: 2026-01-01, offering: o, fallback: [b]},\n {category: d, subject: b, valid_from: 2026-01-01, offering: o}]",
                "profiles.yaml:1: [0].fallback[0]: no profile of category \"c\" is for subject \"b\""
            ),
        ] as [(String, String?)])
    func fallbacks(_ profiles: String, _ fault: String?) throws {
        #expect(try Self.errors { try $0.write("profiles.yaml", profiles + "\n") } == [fault].compactMap { $0 })
    }
}

extension Scratch {
    fileprivate func add(_ file: String, _ text: String) throws {
        let folder = URL(fileURLWithPath: path + "/" + file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(file, text)
    }

    fileprivate func delete(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }
}
