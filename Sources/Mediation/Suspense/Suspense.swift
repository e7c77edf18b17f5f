/// What is wrong with one usage. Thrown within mediation from where it is seen to where it is written down, never out of a step.
package struct Suspense: Error {
    package var reason: SuspenseReason
    /// The field at fault, where it is one field.
    package var field: StaticString?
    /// Without personal data: it may be logged and shown.
    package var note: StaticString
    /// The byte of the original where reading stopped.
    package var position: Int?
    /// The figures at fault; no personal data either.
    package var figures = ""

    package init(_ reason: SuspenseReason, field: StaticString? = nil, _ note: StaticString, at position: Int? = nil) {
        self.reason = reason
        self.field = field
        self.note = note
        self.position = position
    }

    package var detail: String {
        (field.map { "\($0): " } ?? "") + "\(note)" + figures + (position.map { " (byte \($0))" } ?? "")
    }
}
