import Foundation

/// The generations of a view's file, and the link that names the one in use.
struct ViewFiles {
    let path: String

    /// The file in use; nil where there is none. A path that is a plain file is used as it is.
    var live: String? {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return FileManager.default.fileExists(atPath: resolved) ? resolved : nil
    }

    /// The file in use, or the name of the first generation, with the link to it made.
    func liveOrFirst() throws -> String {
        if let live { return live }
        let first = generation(1)
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        // SQLite takes an empty file for an empty database.
        if !FileManager.default.fileExists(atPath: first) { try Data().write(to: URL(fileURLWithPath: first), options: .withoutOverwriting) }
        try link(to: first)
        return first
    }

    /// A generation's name that no file has.
    func next() -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: generation(number)) { number += 1 }
        return generation(number)
    }

    /// Points the link at `file`, by one atomic rename.
    func link(to file: String) throws {
        let fresh = path + ".link"
        try? FileManager.default.removeItem(atPath: fresh)
        try FileManager.default.createSymbolicLink(
            atPath: fresh, withDestinationPath: URL(fileURLWithPath: file).lastPathComponent)
        if rename(fresh, path) != 0 { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    }

    /// Deletes a generation with its write-ahead log. Who has it open keeps reading it.
    func remove(_ file: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: file + suffix) }
    }

    private func generation(_ number: Int) -> String { "\(path).\(number)" }
}
