/// Notices a broker that answers an empty fetch at once instead of waiting for data, as Apache Kafka does: a consumer with nothing
/// to read would ask it thousands of times a second. With such a broker fetching rests between two looks.
///
/// A state machine: the owner reports what came, asks what to do, and pauses or resumes its partitions.
struct EmptyFetchBrake {
    enum Action: Equatable {
        case none
        /// Pause what is read, and resume it after `restMs`.
        case rest
        case resume
    }

    /// Waiting brokers answer ten times a second; so many answers without a record in so short a time come from one that doesn't wait.
    private static let suspiciousAnswers: Int64 = 40
    private static let quietMs: Int64 = 20

    let restMs: Int64
    private(set) var isResting = false
    private var answersAtRecord: Int64 = 0
    private var recordMs: Int64 = 0
    private var answersAtResume: Int64 = 0
    /// The broker has shown that it does not wait.
    private(set) var isHasty = false

    init(restMs: Int64) { self.restMs = restMs }

    mutating func recordCame(answers: Int64, nowMs: Int64) {
        answersAtRecord = answers
        recordMs = nowMs
    }

    /// What to do when nothing came. After `rest` it is `resume` that follows, once `restMs` are over.
    mutating func nothingCame(answers: Int64, nowMs: Int64) -> Action {
        if isResting {
            guard nowMs - recordMs >= restMs else { return .none }
            isResting = false
            recordMs = nowMs
            answersAtResume = answers
            return .resume
        }
        if !isHasty {
            if recordMs == 0 { recordCame(answers: answers, nowMs: nowMs) }
            let elapsedMs = nowMs - recordMs
            if elapsedMs > 200 {
                recordCame(answers: answers, nowMs: nowMs)
                return .none
            }
            guard elapsedMs >= Self.quietMs, answers - answersAtRecord >= Self.suspiciousAnswers else { return .none }
            isHasty = true
        }
        // Each look takes one whole answer at least, however slow the broker.
        guard answers > answersAtResume + 1, nowMs - recordMs >= 2 else { return .none }
        isResting = true
        recordMs = nowMs
        return .rest
    }
}
