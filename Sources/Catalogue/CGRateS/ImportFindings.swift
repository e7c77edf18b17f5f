/// What an import finds: faults, which stop it, and notes, which do not.
final class ImportFindings {
    let errors = ErrorCollector()
    private var notes: [(file: PlanFile, note: ImportNote)] = []

    func fail(_ row: PlanRow, _ column: String, _ message: String) { errors.add(row.file.rawValue, row.line, column, message) }

    func note(_ row: PlanRow, _ what: String, _ why: String) {
        notes.append((row.file, ImportNote(file: row.file.rawValue, line: row.line, what: what, why: why)))
    }

    var sortedErrors: [CatalogueError] {
        // The order of coming decides between faults of one line: a stable sort over the places.
        errors.errors.enumerated().sorted {
            ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset)
        }.map(\.element)
    }

    var sortedNotes: [ImportNote] {
        notes.enumerated().sorted {
            ($0.element.file.order, $0.element.note.line, $0.offset) < ($1.element.file.order, $1.element.note.line, $1.offset)
        }.map(\.element.note)
    }
}
