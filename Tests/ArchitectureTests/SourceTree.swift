import Foundation

/// The repository's own sources, as text.
struct SourceTree {
    struct File {
        /// From the repository's root.
        let path: String
        let lines: [String]

        var module: String { String(path.split(separator: "/")[1]) }
        var name: String { String(path.split(separator: "/").last ?? "") }

        /// Modules that it imports, whatever the attributes and access level before the import.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" })
                else { return nil }
                let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                let rest = words[(place + 1)...].drop { kinds.contains($0) }
                return rest.first.map { String($0.split(separator: ".")[0]) }
            }
        }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Files under `folder` with this ending, sorted by path.
    static func files(_ folder: String, _ ending: String) throws -> [File] {
        let base = root.appendingPathComponent(folder)
        let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        var files: [File] = []
        while let url = found?.nextObject() as? URL {
            guard url.pathExtension == ending else { continue }
            let text = try String(contentsOf: url, encoding: .utf8)
            let path = String(url.standardizedFileURL.path.dropFirst(root.standardizedFileURL.path.count + 1))
            files.append(File(path: path, lines: text.components(separatedBy: "\n")))
        }
        return files.sorted { $0.path < $1.path }
    }

    /// Written by hand.
    static func swiftSources() throws -> [File] { try files("Sources", "swift").filter { !$0.path.contains("/Generated/") } }
}
