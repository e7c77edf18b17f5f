/// What prefixes leave out of the numbers that there are: E.164's, which begin with 1 to 9 (ITU-T E.164, 6.1).
enum NumberPrefixes {
    /// The shortest beginnings of numbers that begin with none of the prefixes; the shortest first.
    static func holes(_ prefixes: [String]) -> [String] {
        if prefixes.contains("") { return [] }
        var found: [[UInt8]] = []
        func search(_ left: ArraySlice<[UInt8]>, _ begun: [UInt8]) {
            guard let first = left.first else { return found.append(begun) }
            if first.count == begun.count { return }
            var place = left.startIndex
            for digit in UInt8(ascii: begun.isEmpty ? "1" : "0")...UInt8(ascii: "9") {
                while place < left.endIndex, left[place][begun.count] < digit { place += 1 }
                let start = place
                while place < left.endIndex, left[place][begun.count] == digit { place += 1 }
                search(left[start..<place], begun + [digit])
            }
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let sorted = prefixes.map { Array($0.utf8) }.filter { $0.allSatisfy(digits.contains) }.sorted { $0.lexicographicallyPrecedes($1) }
        search(sorted[...], [])
        return found.sorted { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count < $1.count }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The empty one, and so on up to the number itself.
    static func beginnings(of number: String) -> [String] { (0...number.count).map { String(number.prefix($0)) } }
}
