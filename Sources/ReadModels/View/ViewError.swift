import Events

/// What keeps a view from being opened or carried on. The description says what to do.
public enum ViewError: Error, Equatable, CustomStringConvertible {
    /// No file is there.
    case notFound(path: String)
    /// The file can't be used: not SQLite's, not readable, or its folder not writable.
    case unusable(path: String, reason: String)
    /// The file belongs to another namespace.
    case otherNamespace(path: String, found: String, wanted: String)
    /// The file was made by another version of the projection.
    case otherVersion(path: String, found: Int, wanted: Int)
    /// The log no longer holds records that the view needs: [from, to) of the partition.
    case missingRange(topic: Topic, partition: Int32, from: Int64, to: Int64)
    /// The view has come further than the log goes: it is another log's view.
    case aheadOfLog(topic: Topic, partition: Int32, next: Int64, end: Int64)
    /// Another projector has moved the view's offsets meanwhile.
    case concurrentProjector(topic: Topic, partition: Int32, expected: Int64, found: Int64)
    /// A rebuilt view has taken this one's place: open the path again.
    case superseded(path: String)
    /// Several invoices bear the number, in different series.
    case ambiguousNumber(String)

    public var description: String {
        switch self {
        case .notFound(let path): "there is no view at \(path): run `tollstream run project` first"
        case .unusable(let path, let reason):
            "the view at \(path) can't be used (\(reason)): name another file with TOLLSTREAM_VIEW, or remove it and run `tollstream run project`"
        case .otherNamespace(let path, let found, let wanted):
            "the view at \(path) belongs to namespace '\(found)', not '\(wanted)': name another file"
        case .otherVersion(let path, let found, let wanted):
            "the view at \(path) has version \(found), this program makes version \(wanted): run `tollstream replay crm`"
        case .missingRange(let topic, let partition, let from, let to):
            "\(topic.rawValue)/\(partition) no longer holds offsets \(from) to \(to - 1), which the view needs: read them from the archive"
        case .aheadOfLog(let topic, let partition, let next, let end):
            "the view has come to offset \(next) of \(topic.rawValue)/\(partition), which ends at \(end): it was made from another log"
        case .concurrentProjector(let topic, let partition, let expected, let found):
            "another projector moved the view from offset \(expected) to \(found) of \(topic.rawValue)/\(partition): run only one"
        case .superseded(let path): "the view at \(path) was replaced by a rebuilt one: open it again"
        case .ambiguousNumber(let number): "several series have an invoice \(number): name the account, too"
        }
    }
}
