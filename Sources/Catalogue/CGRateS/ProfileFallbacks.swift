/// Which fallback subjects CGRateS asks, in which order: that of their bytes, not that of the file.
struct ProfileFallbacks {
    private let groups: [[String]: [PlanProfile]]
    private let findings: ImportFindings

    /// - Parameter groups: the profiles of each category and subject.
    init(_ groups: [[String]: [PlanProfile]], findings: ImportFindings) {
        self.groups = groups
        self.findings = findings
    }

    func followed(by profile: PlanProfile) -> [String] {
        let known = self.known(to: profile)
        var followed: [String] = []
        for subject in Set(known).sorted(by: Self.isBefore) {
            if let last = followed.last, !written(last, profile).isEmpty {
                let why = "behind \(last), which has fallback subjects itself, CGRateS asks no other"
                findings.note(profile.row, "the fallback subject \(subject)", why)
                continue
            }
            followed.append(subject)
        }
        if followed != known.filter(followed.contains) {
            let why = "CGRateS asks them in the order of their bytes: \(followed.joined(separator: ", "))"
            findings.note(profile.row, "the order of the fallback subjects", why)
        }
        checkDepth(of: profile, followed)
        return followed
    }

    /// In the order of the file.
    private func known(to profile: PlanProfile) -> [String] {
        profile.fallback.filter { subject in
            let isKnown = subject != profile.subject && groups[[profile.category, subject]] != nil
            if !isKnown {
                let why = subject == profile.subject ? "it is the profile's own subject" : "no profile of category \(profile.category) is for it"
                findings.note(profile.row, "the fallback subject \(subject)", why)
            }
            return isKnown
        }
    }

    private func written(_ subject: String, _ profile: PlanProfile) -> [String] {
        (groups[[profile.category, subject]] ?? []).flatMap(\.fallback)
    }

    /// CGRateS asks fallbacks of fallbacks, and theirs no more.
    private func checkDepth(of profile: PlanProfile, _ followed: [String]) {
        let second = followed.flatMap { subject in written(subject, profile).map { (subject, $0) } }
        let asked = Set([profile.subject] + followed + second.map(\.1))
        for (first, second) in second {
            for third in written(second, profile) where !asked.contains(third) && groups[[profile.category, third]] != nil {
                return findings.fail(
                    profile.row, "RatesFallbackSubject",
                    "expected fallbacks that end behind the second one, found \(first), then \(second), then \(third): CGRateS asks no third one")
            }
        }
    }

    /// `*` is how the catalogue writes *any.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        func bytes(_ text: String) -> [UInt8] { Array((text == "*" ? "*any" : text).utf8) }
        return bytes(a).lexicographicallyPrecedes(bytes(b))
    }
}
