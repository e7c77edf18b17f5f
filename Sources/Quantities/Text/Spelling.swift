/// Finds what was meant by a word that is not known.
public enum Spelling {
    /// The one of `known` that is nearest to `word`: at most a third of its letters, or one, are wrong, missing, added or exchanged with their neighbour.
    /// Nil where none is.
    public static func nearest(_ word: String, of known: [String]) -> String? {
        let letters = Array(word.lowercased())
        var best: (word: String, distance: Int)?
        for other in known {
            let distance = distance(letters, Array(other.lowercased()))
            if distance <= max(1, letters.count / 3), distance < best?.distance ?? Int.max { best = (other, distance) }
        }
        return best?.word
    }

    /// Optimal string alignment: insertions, deletions, replacements, and exchanges of two neighbours.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, rows[i - 2][j - 2] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
