import Foundation

/// What goes to the terminal: results on standard output, all else on standard error; colours and a moving bar only on a terminal.
enum Terminal {
    static let isInteractive = isatty(2) == 1
    static let isOutputInteractive = isatty(1) == 1

    static func error(_ message: String) {
        write(isInteractive ? "\u{1B}[31merror:\u{1B}[0m \(message)\n" : "error: \(message)\n", to: 2)
    }

    static func note(_ message: String) { write(message + "\n", to: 2) }
    static func output(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: 1) }

    static func bold(_ text: String) -> String { isOutputInteractive ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written <= 0 { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// Progress of long work: a bar on a terminal, a plain line every few seconds elsewhere.
final class Progress {
    private let title: String
    private let total: Int64
    private let start = DispatchTime.now()
    private var shown = DispatchTime.now()
    private var done: Int64 = 0

    /// `total` of zero: not known.
    init(_ title: String, total: Int64 = 0) {
        self.title = title
        self.total = total
    }

    func advance(by count: Int64 = 1) { update(done + count) }

    func update(_ count: Int64) {
        done = count
        let now = DispatchTime.now()
        let interval: UInt64 = Terminal.isInteractive ? 100_000_000 : 5_000_000_000
        guard now.uptimeNanoseconds - shown.uptimeNanoseconds >= interval else { return }
        shown = now
        show()
    }

    func finish() {
        guard Terminal.isInteractive else { return }
        show()
        Terminal.write("\n", to: 2)
    }

    private func show() {
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
        let rate = seconds > 0.2 ? " \(Int(Double(done) / seconds))/s" : ""
        guard total > 0 else {
            Terminal.write(Terminal.isInteractive ? "\r\u{1B}[K\(title) \(done)\(rate)" : "\(title): \(done)\(rate)\n", to: 2)
            return
        }
        let share = min(1, Double(done) / Double(total))
        if Terminal.isInteractive {
            let filled = Int(share * 30)
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
            Terminal.write("\r\u{1B}[K\(title) \(bar) \(Int(share * 100)) %\(rate)", to: 2)
        } else {
            Terminal.write("\(title): \(done) of \(total) (\(Int(share * 100)) %)\(rate)\n", to: 2)
        }
    }
}
