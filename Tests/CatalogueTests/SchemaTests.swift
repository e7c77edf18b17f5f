import Foundation
import Testing

/// The JSON Schemas that editors use know the same keys as the loader.
@Suite("Schemas of the catalogue's text")
struct SchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("each mapping of the loader is one of the schemas, key by key, and the other way round")
    func keys() throws {
        var loader: Set<[String]> = []
        let sources = Self.root.appending(path: "Sources/Catalogue/Loader")
        for file in try FileManager.default.contentsOfDirectory(atPath: sources.path) where file.hasSuffix(".swift") {
            var text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)[...]
            while let call = text.range(of: "expectKeys([") {
                text = text[call.upperBound...]
                let list = text[..<(text.firstIndex(of: "]") ?? text.endIndex)]
                loader.insert(list.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }.sorted())
            }
        }
        var schemas: Set<[String]> = []
        func collect(_ value: Any) {
            if let list = value as? [Any] { list.forEach(collect) }
            guard let object = value as? [String: Any] else { return }
            if let properties = object["properties"] as? [String: Any] { schemas.insert(properties.keys.sorted()) }
            object.values.forEach(collect)
        }
        let folder = Self.root.appending(path: "Deploy/schemas")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            collect(try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: file))))
        }
        #expect(loader.count > 15)
        #expect(loader.subtracting(schemas) == [])
        #expect(schemas.subtracting(loader) == [])
    }
}
