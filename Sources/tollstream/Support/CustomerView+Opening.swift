import ReadModels

extension CustomerView {
    /// The view that the configuration names, to be read.
    ///
    /// - Throws: `CommandFailure` (65) where there is none yet.
    static func openExisting(_ configuration: Configuration) throws -> CustomerView {
        do {
            return try CustomerView(path: configuration.view, namespace: configuration.client.namespace, access: .read)
        } catch let error as ViewError {
            throw CommandFailure.data("\(error)")
        }
    }
}
