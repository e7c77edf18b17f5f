import Events
import GRDB
import Pipeline

/// Builds a view anew from the log's beginning, beside the live one, compares the two at the same offsets, and puts the new one
/// in its place.
public struct ViewRebuild<Log: ReadableLog> {
    private let log: Log
    private let path: String
    private let namespace: Namespace

    public init(log: Log, path: String, namespace: Namespace) {
        self.log = log
        self.path = path
        self.namespace = namespace
    }

    /// - Parameter replacesDifferent: puts the new view in place even where the two differ.
    ///
    /// The live view may be projected meanwhile: the two are compared at the offsets that it had at the start; then, while its
    /// projector waits, the new one catches up with it and takes its place. Throws as `ProjectionRunner.catchUp` does, and then
    /// leaves the live view as it is.
    public func run(replacesDifferent: Bool = false, progress: (ProjectionProgress) -> Void = { _ in }) throws -> RebuildReport {
        let files = ViewFiles(path: path)
        let fresh = files.next()
        do {
            let report = try run(files, fresh: fresh, replacesDifferent, progress)
            if !report.isSwapped { files.remove(fresh) }
            return report
        } catch {
            files.remove(fresh)
            throw error
        }
    }

    private func run(
        _ files: ViewFiles, fresh: String, _ replacesDifferent: Bool, _ progress: (ProjectionProgress) -> Void
    ) throws -> RebuildReport {
        let rebuilt = try CustomerView(path: path, file: fresh, namespace: namespace, access: .project)
        defer { try? rebuilt.close() }
        let runner = ProjectionRunner(log: log, view: rebuilt)
        guard let file = files.live, try isView(file) else {
            let records = try runner.advance(to: try runner.ends(), progress: progress)
            try install(fresh, rebuilt, files)
            return RebuildReport(records: records, live: nil, rebuilt: try rebuilt.tableChecksums(), isSwapped: true)
        }
        let live = try CustomerView(path: path, file: file, namespace: namespace, access: .project, checksVersion: false)
        defer { try? live.close() }
        // One read transaction: the checksums belong to just these offsets.
        let (position, tables) = try live.queue.read { db in
            let isComparable = try CustomerView.meta("version", db) == String(CustomerView.version)
            return (try CustomerView.position(db), isComparable ? try CustomerView.tableChecksums(db) : nil)
        }
        var records = try runner.advance(to: position, progress: progress)
        let anew = try rebuilt.tableChecksums()
        var report = RebuildReport(records: records, live: tables, rebuilt: anew, isSwapped: false)
        if !report.isEqual && !replacesDifferent { return report }
        try live.queue.write { db in
            records += try runner.advance(to: try CustomerView.position(db), progress: progress)
            try install(fresh, rebuilt, files)
            try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('superseded_by', ?)", arguments: [fresh])
        }
        files.remove(file)
        report.records = records
        report.isSwapped = true
        return report
    }

    /// An empty file that a projector has only just made is none.
    private func isView(_ file: String) throws -> Bool {
        let queue = try DatabaseQueue(path: file)
        defer { try? queue.close() }
        return try queue.read { try $0.tableExists("meta") }
    }

    private func install(_ fresh: String, _ rebuilt: CustomerView, _ files: ViewFiles) throws {
        // The file must be whole on disk before the name points to it.
        _ = try rebuilt.queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try files.link(to: fresh)
    }
}
