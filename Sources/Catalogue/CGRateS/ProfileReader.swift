import Quantities

/// Reads the rating profiles of one tenant.
struct ProfileReader {
    let tenant: String?
    let clock: ZoneRules
    let findings: ImportFindings

    func profiles(_ rows: [PlanRow], offerings: Set<String>) -> [PlanProfile] {
        for row in rows where !offerings.contains(row["RatingPlanId"]) {
            findings.fail(row, "RatingPlanId", "no rating plan \"\(row["RatingPlanId"])\" in \(PlanFile.ratingPlans.rawValue)")
        }
        guard let tenant = chosenTenant(rows) else { return [] }
        var keys: [[String]] = []
        var groups: [[String]: [PlanProfile]] = [:]
        for row in rows where row["Tenant"] == tenant {
            guard let profile = profile(row) else { continue }
            let key = [profile.category, profile.subject]
            if groups[key] == nil { keys.append(key) }
            var group = groups[key, default: []]
            if let same = group.firstIndex(where: { $0.validFrom == profile.validFrom }) {
                let what = "the profile of \(row["Category"]), \(row["Subject"])"
                findings.note(group[same].row, what, "that of line \(row.line) begins at the same time, and takes its place")
                group[same] = profile
            } else {
                group.append(profile)
            }
            groups[key] = group
        }
        for key in keys { groups[key]?.sort { $0.validFrom < $1.validFrom } }
        let activations = ProfileActivations(groups, findings: findings)
        for key in keys { activations.note(key) }
        let fallbacks = ProfileFallbacks(groups, findings: findings)
        return keys.flatMap { groups[$0] ?? [] }.map { profile in
            var carried = profile
            carried.fallback = fallbacks.followed(by: profile)
            return carried
        }
    }

    /// Nil where it is not clear, which is a fault, and where there are no profiles.
    private func chosenTenant(_ rows: [PlanRow]) -> String? {
        var lines: [String: [PlanRow]] = [:]
        for row in rows { lines[row["Tenant"], default: []].append(row) }
        let tenants = lines.keys.sorted()
        guard let tenant = tenant ?? (tenants.count <= 1 ? tenants.first : nil) else {
            if let row = rows.first { findings.fail(row, "Tenant", "several tenants, and none was named: \(tenants.joined(separator: ", "))") }
            return nil
        }
        guard let first = rows.first else { return nil }
        if !tenants.contains(tenant) { findings.fail(first, "Tenant", "no tenant \"\(tenant)\"; there are \(tenants.joined(separator: ", "))") }
        for other in tenants where other != tenant {
            guard let rows = lines[other], let first = rows.first else { continue }
            let what = rows.count == 1 ? "a rating profile" : "\(rows.count) rating profiles"
            findings.note(first, "\(what) of tenant \(other)", "the catalogue is of tenant \(tenant)")
        }
        return tenant
    }

    private func profile(_ row: PlanRow) -> PlanProfile? {
        for column in ["Category", "Subject"] where row[column].isEmpty { findings.fail(row, column, "is empty") }
        guard let activation = ActivationTime(row["ActivationTime"], zone: clock) else {
            let expected = "expected a fixed time such as 2012-01-01T00:00:00Z or 2012-01-01 00:00:00"
            findings.fail(row, "ActivationTime", "\(expected), found \"\(row["ActivationTime"])\"")
            return nil
        }
        var from = CatalogueText.beginning
        switch activation {
        case .at(let time): from = max(from, time)
        case .always:
            if row["ActivationTime"].isEmpty { findings.note(row, "no activation time", "the profile holds for all time, as in CGRateS") }
        case .whenLoaded:
            findings.note(row, "the activation time *now", "it is the moment at which CGRateS loads the plan; the profile holds for all time")
        }
        if row["Category"] == "*any" {
            findings.note(row, "the category *any", "taken as any category that has no profile of its own; CGRateS knows no such fallback")
        }
        let fallback = row["RatesFallbackSubject"].split(separator: ";").map { String($0.drop { $0 == " " }) }
        return PlanProfile(
            category: Self.any(row["Category"]), subject: Self.any(row["Subject"]), validFrom: from, offering: row["RatingPlanId"],
            fallback: fallback.map(Self.any), row: row)
    }

    private static func any(_ text: String) -> String { text == "*any" ? "*" : text }
}
