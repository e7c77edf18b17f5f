import Events
import Quantities

extension SourceReader {
    /// What must hold for a price beside type and destination.
    func readConditions(_ field: Field) -> PriceConditions {
        field.expectKeys([
            "times", "directions", "services", "categories", "networks", "origins", "segments", "on_net", "age", "first_of", "favourites",
        ])
        var conditions = PriceConditions()
        conditions.timeBands = names(field, "times", timeBandIDs, "calendars.yaml has no time band")
        for direction in field.items("directions") {
            guard !direction.text.isEmpty, let known = UsageDirection(text: direction.text) else {
                direction.fail("expected mo, mt or forwarded, found \"\(direction.text)\"")
                continue
            }
            conditions.directions.append(known)
        }
        conditions.services = field.texts("services")
        conditions.categories = field.texts("categories")
        conditions.segments = field.texts("segments")
        // At home is where usage is that names no network, whether networks.yaml lists it or not.
        conditions.networks = names(field, "networks", networkIDs.union(["home"]), "networks.yaml has no network")
        conditions.origins = zones(field, "origins")
        if let onNet = field.optional("on_net") {
            conditions.net = onNet.flag ? .onNet : .offNet
            if !networkIDs.contains("home") { onNet.fail("networks.yaml has no network \"home\", which is the operator's own") }
        }
        if let age = field.optional("age") { readAge(age, into: &conditions) }
        if let favourites = field.optional("favourites") {
            switch favourites.text {
            case "true": conditions.favourites = UInt32(UInt8.max)
            case "false": favourites.fail("expected true, or how many of the favourite numbers count; to ask nothing, leave it out")
            default: conditions.favourites = UInt32(favourites.whole(1...100))
            }
        }
        conditions.firstUse = field.choice("first_of", ["day": .ofDay, "period": .ofPeriod], .any)
        return conditions
    }

    private func names(_ field: Field, _ key: String, _ known: Set<String>, _ fault: String) -> [String] {
        field.items(key).map { item in
            if !known.contains(item.text) { item.fail("\(fault) \"\(item.text)\"") }
            return item.text
        }
    }

    private func readAge(_ field: Field, into conditions: inout PriceConditions) {
        field.expectKeys(["from", "to"])
        let limit = 36_500 * Timestamp.msPerDay
        conditions.ageFromMs = field.optional("from").map { duration($0, upTo: limit) } ?? 0
        conditions.ageToMs = field.optional("to").map { duration($0, upTo: limit) } ?? 0
        if conditions.ageToMs != 0, conditions.ageToMs <= conditions.ageFromMs { field.fail("to is not after from: no subscription is of this age") }
    }

    // MARK: Networks and profiles

    mutating func readNetwork(_ field: Field) {
        field.expectKeys(["id", "name", "codes"])
        var network = Zone()
        network.id = field.text("id")
        network.name = field.optionalText("name")
        if !networkIDs.insert(network.id).inserted { field.fail("network \(network.id) comes twice") }
        for code in field.required("codes")?.items ?? [] {
            var text = code.text
            if isBySpecificZone {
                if let fault = Self.networkFault(text) { code.fail(fault) }
                // All of a country may be said either way.
                if text.utf8.count == 4, text.hasSuffix("*") { text.removeLast() }
            } else if text.isEmpty || !text.utf8.allSatisfy({ Self.isDigit($0) || Self.isLetter($0) }) {
                code.fail("expected the beginning of an MCC and MNC such as \"26201\", or of a TADIG code such as \"DEUD1\", found \"\(text)\"")
            }
            if content.networks.contains(where: { $0.prefixes.contains(text) }) || network.prefixes.contains(text) {
                code.fail("code \(text) comes twice")
            }
            network.prefixes.append(text)
        }
        content.networks.append(network)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
    private static func isLetter(_ byte: UInt8) -> Bool { byte >= 65 && byte <= 90 }

    /// What is wrong with a network's code; nil for one that is a country's, or whole, or says that it is a beginning.
    private static func networkFault(_ text: String) -> String? {
        let hasWildcard = text.hasSuffix("*")
        let code = Array(text.utf8.dropLast(hasWildcard ? 1 : 0))
        let isMobile = code.allSatisfy(isDigit)
        let isTADIG = code.prefix(3).allSatisfy(isLetter) && code.allSatisfy { isDigit($0) || isLetter($0) }
        guard !code.isEmpty, isMobile || isTADIG else {
            return "expected an MCC such as \"262\", an MCC and MNC such as \"26201\" or \"405034\", a TADIG code such as \"DEUD1\" or the country "
                + "of one such as \"DEU\", or the beginning of any with a * behind it, found \"\(text)\""
        }
        let isWhole = code.count == 3 || code.count == 5 || (isMobile && code.count == 6)
        if hasWildcard ? code.count <= 6 : isWhole { return nil }
        let expected =
            isMobile
            ? "an MCC has three digits, and an MNC behind it two or three" : "a TADIG code has five characters, the first three of which are its country"
        return expected + ": \"\(text)\" is none of both; for all codes that begin so, say a * behind it"
    }

    mutating func readProfiles(_ root: Field) {
        for profile in root.items { readProfile(profile) }
        let subjects = Set(content.priceProfiles.map { [$0.category, $0.subject] })
        for (profile, field) in zip(content.priceProfiles, root.items) { checkFallbacks(of: profile, subjects, field) }
    }

    /// A fallback is followed within the category.
    private func checkFallbacks(of profile: PriceProfile, _ subjects: Set<[String]>, _ field: Field) {
        for (subject, fallback) in zip(profile.fallbackSubjects, field.items("fallback")) {
            if subject == profile.subject {
                fallback.fail("a profile can't fall back to its own subject")
            } else if !subjects.contains([profile.category, subject]) {
                fallback.fail("no profile of category \"\(field.optionalText("category"))\" is for subject \"\(fallback.text)\"")
            }
        }
    }

    private mutating func readProfile(_ field: Field) {
        field.expectKeys(["category", "subject", "valid_from", "offering", "fallback"])
        func any(_ text: String) -> String { text == "*" ? "" : text }
        var profile = PriceProfile()
        profile.category = any(field.text("category"))
        profile.subject = any(field.text("subject"))
        if let from = field.required("valid_from") { profile.validFromMs = time(from) }
        profile.offering = field.text("offering")
        if !content.offerings.contains(where: { $0.id == profile.offering }) {
            field.optional("offering")?.fail("there is no offering \"\(profile.offering)\"")
        } else if content.offerings.contains(where: { $0.id == profile.offering && $0.kind == .addon }) {
            field.optional("offering")?.fail("offering \(profile.offering) is an add-on: it has no prices of usage")
        }
        profile.fallbackSubjects = field.texts("fallback").map(any)
        let isTwice = content.priceProfiles.contains {
            $0.category == profile.category && $0.subject == profile.subject && $0.validFromMs == profile.validFromMs
        }
        if isTwice { field.fail("a profile of this category and subject is valid from the same time") }
        content.priceProfiles.append(profile)
    }
}
