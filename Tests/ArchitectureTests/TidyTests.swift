import Events
import Foundation
import Testing

@Suite("Tidiness")
struct TidyTests {
    @Test("no source is longer than 400 lines (a test 500), no line of one than 160 characters")
    func length() throws {
        var faults: [String] = []
        for file in try SourceTree.swiftSources() + SourceTree.files("Tests", "swift") {
            let isTest = file.path.hasPrefix("Tests/")
            if file.lines.count > (isTest ? 501 : 401) { faults.append("\(file.path) has \(file.lines.count - 1) lines") }
            for (number, line) in file.lines.enumerated() where line.count > 160 && !isTest {
                faults.append("\(file.path):\(number + 1) has \(line.count) characters")
            }
        }
        #expect(faults == [])
    }

    @Test("nothing is forced, faked or put off")
    func forced() throws {
        // Written in two halves, so that this file does not find itself.
        let words = ["try" + "!", "as" + "!", "fatal" + "Error(", "TO" + "DO", "FIX" + "ME", "-O" + "unchecked", "@unchecked" + " Sendable"]
        var faults: [String] = []
        for file in try SourceTree.swiftSources() {
            for (number, line) in file.lines.enumerated() {
                for word in words where line.contains(word) {
                    // An unchecked promise has to say, right before it, why it holds.
                    if word.hasPrefix("@unchecked"), number > 0, file.lines[number - 1].contains("//") { continue }
                    faults.append("\(file.path):\(number + 1) has \(word)")
                }
            }
        }
        #expect(faults == [])
    }

    @Test("topics are named in one place")
    func topicNames() throws {
        var faults: [String] = []
        for file in try SourceTree.swiftSources() where file.name != "Topic.swift" {
            for (number, line) in file.lines.enumerated() {
                for topic in Topic.allCases where topic.rawValue.contains(".") && line.contains("\"\(topic.rawValue)\"") {
                    faults.append("\(file.path):\(number + 1) writes \"\(topic.rawValue)\"; use Topic")
                }
            }
        }
        #expect(faults == [])
    }

    @Test("pure modules use neither the process's hash seed nor chance nor a clock")
    func chance() throws {
        // `Hasher` is seeded by the process: nothing pure may use it to decide anything.
        var faults: [String] = []
        for file in try SourceTree.swiftSources() where ModuleGraphTests.pure.contains(file.module) {
            for (number, line) in file.lines.enumerated() {
                for word in ["Hasher()", ".hashValue", ".random(in:", "SystemRandomNumberGenerator", "Date()", "UUID()", "ContinuousClock"]
                where line.contains(word) {
                    faults.append("\(file.path):\(number + 1) has \(word)")
                }
            }
        }
        #expect(faults == [])
    }
}
