import Crypto
import Events
import Foundation
import Quantities
import SwiftProtobuf
import Yams

/// Reads a catalogue's reviewed text. A catalogue is a folder:
///
/// | file | holds |
/// |---|---|
/// | `settings.yaml` | name, grace, late periods, time zones, usage types |
/// | `issuers.yaml` | who bills: number series and taxes |
/// | `zones.yaml` (optional) | destinations by prefix |
/// | `networks.yaml` (optional) | visited and other networks by their codes; `home` is the operator's own |
/// | `calendars.yaml` (optional) | time bands and holidays |
/// | `profiles.yaml` (optional) | whose usage is priced by another offering than the plan |
/// | `offerings/*.yaml` | one offering a file, with its versions |
/// | `sources/*.yaml` (optional) | how a source's records become usage |
///
/// Amounts are plain decimals of the currency's unit ("0.03"), quantities have a unit ("60 s", "15 GiB", see `QuantityText`), times are
/// RFC 3339 or a date, which begins in the first time zone of the settings. `Deploy/examples/demo/catalogue` shows all of it.
public struct CatalogueLoader {
    /// Tables (CSV with a header) by name: an offering file that says `table: plans` is read once for each row, with the row's
    /// values in place of `{column}`.
    public var tables: [String: String]
    /// Where compiled time zones are.
    public var zoneInfo: String

    public init(tables: [String: String] = [:], zoneInfo: String = "/usr/share/zoneinfo") {
        self.tables = tables
        self.zoneInfo = zoneInfo
    }

    /// The content of the catalogue in `directory`, or all that is wrong with it.
    public func load(_ directory: String) throws(CatalogueErrors) -> CatalogueContent {
        let (content, places) = try read(directory)
        if !places.splits.isEmpty { throw CatalogueErrors(places.splits) }
        return content
    }

    /// The same, and where its prices stand; `PricePlaces.splits` are left to the caller.
    public func read(_ directory: String) throws(CatalogueErrors) -> (content: CatalogueContent, places: PricePlaces) {
        let errors = ErrorCollector()
        var reader = SourceReader(directory: directory, loader: self, errors: errors)
        let content = reader.read()
        if !errors.errors.isEmpty {
            // What is no error by itself is told with those that are.
            throw CatalogueErrors((errors.errors + reader.pricePlaces.splits).sorted { ($0.file, $0.line) < ($1.file, $1.line) })
        }
        return (content, reader.pricePlaces)
    }

    /// Loads and compiles in one go.
    public func compile(_ directory: String) throws(CatalogueErrors) -> CompiledCatalogue { CompiledCatalogue(try load(directory)) }
}

/// A catalogue ready to be published.
public struct CompiledCatalogue: Sendable {
    public let content: CatalogueContent
    /// SHA-256 of the encoded content: 32 bytes. The content's id in markers.
    public let hash: [UInt8]
    /// The hash in hexadecimal: the key of the content's record in catalogue.content.
    public var key: String { Hex.string(hash) }
    /// The value of that record: an encoded `CatalogueRecord`.
    public let record: [UInt8]
    /// What goes into each partition of usage.normalized, and under the key "current" into catalogue.content.
    public let marker: CatalogueMarker

    public init(_ content: CatalogueContent) {
        self.content = content
        hash = Array(SHA256.hash(data: Self.bytes(content)))
        var record = CatalogueRecord()
        record.content = content
        self.record = Self.bytes(record)
        var marker = CatalogueMarker()
        marker.hash = Data(hash)
        marker.name = content.name
        self.marker = marker
    }

    private static func bytes(_ message: some Message) -> [UInt8] {
        do { return try message.serializedBytes() } catch {
            // Proto3 has no required fields: encoding can't fail.
            preconditionFailure("a catalogue can't be encoded: \(error)")
        }
    }
}
