extension OfferingStatus {
    /// As catalogues write it: the states of TM Forum's product catalogue (TMF620), in small letters.
    public static let texts: KeyValuePairs<String, OfferingStatus> = [
        "in-study": .inStudy, "in-design": .inDesign, "in-test": .inTest, "active": .active, "launched": .launched, "retired": .retired,
        "obsolete": .obsolete,
    ]

    public var text: String { Self.texts.first { $0.value == self }?.key ?? "unknown" }
}
