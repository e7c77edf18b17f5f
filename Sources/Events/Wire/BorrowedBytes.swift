import SwiftProtobuf

/// A record's bytes, decoded where they lie. Valid only as long as the record is.
public struct BorrowedBytes: SwiftProtobufContiguousBytes {
    private let buffer: UnsafeRawBufferPointer

    public init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

    /// Part of the protocol, for encoding; borrowed bytes are only ever decoded.
    public init(repeating: UInt8, count: Int) { preconditionFailure("borrowed bytes are only read") }
    public init<S: Sequence>(_ sequence: S) where S.Element == UInt8 { preconditionFailure("borrowed bytes are only read") }

    public var count: Int { buffer.count }

    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try body(buffer) }
    public mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        preconditionFailure("borrowed bytes are only read")
    }
}
