/// Plain text in aligned columns, two spaces apart.
package struct TextTable {
    package enum Side {
        case left
        case right
    }

    private let columns: [(title: String, side: Side)]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, side: Side)]) { self.columns = columns }

    var isEmpty: Bool { rows.isEmpty }

    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map(Self.printable))
    }

    /// The lines, each after `indent`, without blanks at their ends. A column in which no row says anything is left out, and so is
    /// a head without titles.
    package func text(indent: String = "") -> String {
        let shown = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        let all = (columns.allSatisfy(\.title.isEmpty) ? [] : [columns.map(\.title)]) + rows
        let widths = shown.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = indent
            for (place, column) in shown.enumerated() {
                let cell = row[column]
                let blanks = String(repeating: " ", count: widths[place] - cell.count)
                if place > 0 { line += "  " }
                line += columns[column].side == .left ? cell + blanks : blanks + cell
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// Names come from outside: no control character may reach a terminal.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }))
    }
}
