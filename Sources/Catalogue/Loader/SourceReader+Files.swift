import Foundation
import Quantities
import Yams

/// The files of the folder: which are read, and what the others were meant to be.
extension SourceReader {
    static let files = ["settings.yaml", "issuers.yaml", "zones.yaml", "networks.yaml", "calendars.yaml", "profiles.yaml"]
    static let folders = ["offerings", "sources"]

    var isFolderThere: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Text that nobody reads would be missed by nobody but the customer: YAML that is not in its place is a fault. What is hidden is nobody's.
    func checkNames() {
        let folder = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        for file in (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] {
            let steps = file.split(separator: "/").map(String.init)
            guard ["yaml", "yml"].contains((file as NSString).pathExtension.lowercased()), !steps.contains(where: { $0.hasPrefix(".") }) else { continue }
            let isRead = steps.count == 1 ? Self.files.contains(file) : steps.count == 2 && Self.folders.contains(steps[0]) && file.hasSuffix(".yaml")
            if !isRead { errors.add(file, 0, "", "is not read: expected \(Self.expected(steps))") }
        }
    }

    private static func expected(_ steps: [String]) -> String {
        func stem(_ file: String) -> String { (file as NSString).deletingPathExtension }
        let name = stem(steps.last ?? "")
        if steps.count > 1, let folder = Spelling.nearest(steps[0], of: folders) { return "\(folder)/\(name).yaml" }
        return Spelling.nearest(name, of: files.map(stem)).map { $0 + ".yaml" }
            ?? "one of \(files.joined(separator: ", ")), or a file in \(folders.joined(separator: " or "))"
    }

    func files(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/" + folder)) ?? []
        return names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map { folder + "/" + $0 }
    }

    /// The file's content; nil, and a fault noted, where it can't be read.
    func root(_ file: String, isRequired: Bool) -> Field? {
        guard let data = FileManager.default.contents(atPath: directory + "/" + file) else {
            if isRequired { errors.add(file, 0, "", "the file is missing in \(directory)") }
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            errors.add(file, 0, "", "expected UTF-8")
            return nil
        }
        do {
            guard let node = try compose(yaml: text) else {
                errors.add(file, 0, "", "the file is empty")
                return nil
            }
            return Field(node: node, file: file, path: "", errors: errors)
        } catch let error as YamlError {
            errors.add(file, error.line, "", "no valid YAML: \(error.problem)")
        } catch {
            errors.add(file, 0, "", "no valid YAML: \(error)")
        }
        return nil
    }
}
