/// Text with {names} in it that a row of a table fills.
struct Template {
    private enum Part {
        case literal(String)
        case name(String)
    }
    private let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            parts.append(.literal(String(rest[..<open])))
            parts.append(.name(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        parts.append(.literal(String(rest)))
        self.parts = parts
    }

    var names: [String] {
        parts.compactMap {
            if case .name(let name) = $0 { name } else { nil }
        }
    }

    func fill(_ value: (String) -> String?) -> String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .name(let name): value(name) ?? ""
            }
        }.joined()
    }
}
