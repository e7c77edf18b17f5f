import Events
import Foundation
import GRDB

/// What people ask of a customer, as tables in one SQLite file: a cache of the log, which can be built anew at any time.
///
/// The path is a symbolic link to the generation in use ("customers.sqlite" to "customers.sqlite.1"), so that a rebuilt view takes the
/// live one's place by one rename, whoever has it open. Amounts are exact integers of 10^-9 as text, never REAL. Names and
/// identifiers of people stand in tables of their own.
public final class CustomerView: Sendable {
    /// The version of the tables and of the rules that fill them.
    public static let version = 3

    /// The topics that the view is made of, in the order in which they are read: who before what.
    public static let topics: [Topic] = [.customersEvents, .usageRated, .billingPeriods, .billingInvoices]

    public let path: String
    public let namespace: Namespace
    let queue: DatabaseQueue

    public enum Access: Sendable {
        /// Creates the file where there is none.
        case project
        case read
    }

    /// Opens the view at `path`. Throws `ViewError` where it is missing, not ours or no database, `DatabaseError` where SQLite fails otherwise.
    public convenience init(path: String, namespace: Namespace, access: Access) throws {
        do {
            try self.init(opening: path, namespace, access)
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CORRUPT:
                throw ViewError.unusable(path: path, reason: error.message ?? "\(error.resultCode)")
            default: throw error
            }
        }
    }

    private convenience init(opening path: String, _ namespace: Namespace, _ access: Access) throws {
        let file: String
        switch access {
        case .project:
            do { file = try ViewFiles(path: path).liveOrFirst() } catch let error as CocoaError {
                let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { "\(($0 as NSError).localizedDescription)" }
                throw ViewError.unusable(path: path, reason: cause ?? error.localizedDescription)
            }
        case .read:
            guard let live = ViewFiles(path: path).live else { throw ViewError.notFound(path: path) }
            file = live
        }
        do {
            try self.init(path: path, file: file, namespace: namespace, access: access)
        } catch is DatabaseError where ViewFiles(path: path).live != file {
            // A rebuilt view took its place between the look and the opening.
            guard let live = ViewFiles(path: path).live else { throw ViewError.notFound(path: path) }
            try self.init(path: path, file: live, namespace: namespace, access: access)
        }
    }

    /// Opens one generation's file.
    init(path: String, file: String, namespace: Namespace, access: Access, checksVersion: Bool = true) throws {
        self.path = path
        self.namespace = namespace
        var configuration = Configuration()
        configuration.busyMode = .timeout(120)
        configuration.label = "customer view"
        switch access {
        case .project:
            configuration.journalMode = .wal
            configuration.prepareDatabase { db in
                // A power cut may lose the last batches, rows and offsets alike: they are read again. The log grows to 64 MB before its
                // pages are moved, for a batch touches many of them and the next one most of the same.
                try db.execute(
                    sql: """
                        PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;
                        PRAGMA wal_autocheckpoint = 16384
                        """)
            }
        case .read: configuration.readonly = true
        }
        queue = try DatabaseQueue(path: file, configuration: configuration)
        if access == .project {
            let isNew = try queue.read { try !$0.tableExists("meta") }
            if isNew { try Self.migrator(namespace: namespace).migrate(queue) }
        }
        let found = try queue.read { db in (version: try Self.meta("version", db), namespace: try Self.meta("namespace", db)) }
        if found.namespace != namespace.prefix {
            throw ViewError.otherNamespace(path: path, found: found.namespace ?? "", wanted: namespace.prefix)
        }
        let version = found.version.flatMap { Int($0) } ?? 0
        if checksVersion, version != Self.version { throw ViewError.otherVersion(path: path, found: version, wanted: Self.version) }
        if access == .project, version == Self.version { try Self.migrator(namespace: namespace).migrate(queue) }
    }

    /// Where the view has come to.
    public func position() throws -> LogPosition { try queue.read { try Self.position($0) } }

    static func position(_ db: Database) throws -> LogPosition {
        var position = LogPosition()
        let rows = try Row.fetchCursor(db, sql: "SELECT topic, partition, next_offset FROM offsets")
        while let row = try rows.next() {
            guard let topic = Topic(rawValue: row[0]) else { continue }
            position[topic, row[1]] = row[2]
        }
        return position
    }

    static func meta(_ key: String, _ db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }

    public func close() throws { try queue.close() }
}
