import Foundation

/// Reads an imported catalogue as an operator's is read: what the loader refuses was never imported.
struct CatalogueCheck {
    let plan: TariffPlan
    let findings: ImportFindings
    let zoneInfo: String

    func run(_ files: [(path: String, text: String)]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tollstream-import-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            for (path, text) in files {
                let url = folder.appendingPathComponent(path)
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
        } catch {
            return findings.errors.add("", 0, "", "the catalogue can't be checked in \(folder.path): \(error.localizedDescription)")
        }
        do throws(CatalogueErrors) {
            _ = try CatalogueLoader(zoneInfo: zoneInfo).load(folder.path)
        } catch {
            let paths = files.map(\.path).filter { $0.hasPrefix("offerings/") }
            for fault in error.errors { tell(fault, paths) }
        }
    }

    /// Says the line of the plan from which the refused text came.
    private func tell(_ fault: CatalogueError, _ offerings: [String]) {
        let message = "the catalogue would be refused: \(fault)"
        guard let row = row(of: fault, offerings) else { return findings.errors.add("", 0, "", message) }
        findings.fail(row, "", message)
    }

    private func row(of fault: CatalogueError, _ offerings: [String]) -> PlanRow? {
        switch fault.file {
        case "zones.yaml":
            return Self.place(in: fault.field, behind: "").flatMap { place in
                guard plan.entries.indices.contains(place) else { return nil }
                return plan.zones.first { $0.id == plan.entries[place].destination }?.row
            }
        case "calendars.yaml":
            let timings = plan.timings.filter(\.isTimeBand)
            return Self.place(in: fault.field, behind: "time_bands").flatMap { timings.indices.contains($0) ? timings[$0].row : nil }
        case "profiles.yaml":
            return Self.place(in: fault.field, behind: "").flatMap { plan.profiles.indices.contains($0) ? plan.profiles[$0].row : nil }
        default:
            guard let place = offerings.firstIndex(of: fault.file) else { return nil }
            let offering = plan.offerings[place]
            guard let price = Self.place(in: fault.field, behind: "versions[0].prices"), offering.prices.indices.contains(price) else { return offering.row }
            return offering.prices[price].row
        }
    }

    /// The number in brackets behind `path`.
    private static func place(in field: String, behind path: String) -> Int? {
        guard field.hasPrefix(path + "[") else { return nil }
        return Int(field.dropFirst(path.count + 1).prefix { $0 != "]" })
    }
}
