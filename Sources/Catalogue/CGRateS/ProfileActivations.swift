import Quantities

/// What the times from which rating profiles hold mean otherwise in CGRateS.
struct ProfileActivations {
    private let groups: [[String]: [PlanProfile]]
    private let findings: ImportFindings

    /// - Parameter groups: the profiles of each category and subject, in the order of their times.
    init(_ groups: [[String]: [PlanProfile]], findings: ImportFindings) {
        self.groups = groups
        self.findings = findings
    }

    /// - Parameter key: category and subject.
    func note(_ key: [String]) {
        guard let profiles = groups[key], let first = profiles.first else { return }
        for (earlier, later) in zip(profiles, profiles.dropFirst()) where earlier.offering != later.offering {
            let what = "a call of \(later.subject) under way at \(later.validFrom)"
            findings.note(later.row, what, "CGRateS goes over to \(later.offering) then; here it stays with \(earlier.offering)")
        }
        let (category, subject) = (key[0], key[1])
        let general = [[category, "*"], ["*", subject], ["*", "*"]].filter { $0 != key && subject != "*" }.compactMap { groups[$0]?.first }
        guard let other = general.first(where: { $0.validFrom < first.validFrom }) else { return }
        let what = "calls of \(subject) before \(first.validFrom)"
        findings.note(first.row, what, "CGRateS has no price for them; here they are priced by the profile of line \(other.row.line)")
    }
}
