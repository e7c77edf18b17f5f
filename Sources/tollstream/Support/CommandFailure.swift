import Foundation
import KafkaRuntime
import ReadModels

/// Why a command stops: what was wrong, where, and what to do. The exit codes are those of sysexits.h.
struct CommandFailure: Error {
    let message: String
    let exitCode: Int32

    /// The command line asks for something that can't be (64).
    static func usage(_ message: String) -> Self { Self(message: message, exitCode: 64) }
    /// A file that was named can't be read, or holds what it must not (65).
    static func data(_ message: String) -> Self { Self(message: message, exitCode: 65) }
    /// The broker or another service is not there (69).
    static func unavailable(_ message: String) -> Self { Self(message: message, exitCode: 69) }
    /// The configuration is wrong (78).
    static func configuration(_ message: String) -> Self { Self(message: message, exitCode: 78) }
    /// The command did its work, and the answer is no (1).
    static func negative(_ message: String) -> Self { Self(message: message, exitCode: 1) }
}

extension CommandFailure {
    /// What an error of any layer means to who called the command: nothing but what is known to be no failure of ours has a code of its own.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as ConfigurationError: self = .configuration("\(error)")
        case let error as KafkaError where error.isUnreachable: self = .unavailable("\(error)")
        case let error as ViewError: self = .data("\(error)")
        default: self = .negative("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }
}
