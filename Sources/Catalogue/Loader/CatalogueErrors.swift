/// All that is wrong with a catalogue's source, in the order of files and lines.
public struct CatalogueErrors: Error, CustomStringConvertible {
    public let errors: [CatalogueError]

    public init(_ errors: [CatalogueError]) { self.errors = errors }

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// One fault: where, in which field, and what was expected there.
public struct CatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path below the catalogue's folder; empty where the fault is in none of the files.
    public let file: String
    /// 1 is the first; 0 where the fault is of the whole file.
    public let line: Int
    /// For example "versions[0].prices[2].steps[0].increment".
    public let field: String
    public let message: String

    public var description: String {
        [line > 0 ? "\(file):\(line)" : file, field, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Collects faults, so that all are told at once.
final class ErrorCollector {
    private(set) var errors: [CatalogueError] = []

    func add(_ file: String, _ line: Int, _ field: String, _ message: String) {
        errors.append(CatalogueError(file: file, line: line, field: field, message: message))
    }
}
