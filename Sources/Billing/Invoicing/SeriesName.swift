/// A number series of an issuing entity, as keys and state name it.
enum SeriesName {
    static func text(issuer: String, series: String) -> String { issuer + "|" + series }
}
