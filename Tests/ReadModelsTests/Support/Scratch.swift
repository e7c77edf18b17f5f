import Events
import Foundation
import Pipeline
import ReadModels

/// A folder that is deleted with its owner.
final class Scratch {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tollstream-view-\(UUID().uuidString)")
    let namespace = Namespace("test")!

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String = "customers.sqlite") -> String { folder.appendingPathComponent(name).path }
    func view(_ name: String = "customers.sqlite") throws -> CustomerView {
        try CustomerView(path: path(name), namespace: namespace, access: .project)
    }

    /// A view of all of the log.
    func view(of log: MemoryLog, _ name: String = "customers.sqlite", batchSize: Int = 20_000) throws -> CustomerView {
        let view = try view(name)
        try ProjectionRunner(log: log, view: view, batchSize: batchSize).catchUp()
        return view
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
}
