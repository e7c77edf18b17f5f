/// How a process is, as a supervisor and a load balancer ask it.
public struct HealthReport: Sendable, Codable, Equatable {
    /// False: the process will not get well by itself and should be started anew.
    public var isHealthy: Bool
    /// False: it is well and does not work yet, for example while its state is being restored.
    public var isReady: Bool
    public var checks: [Check]

    /// One thing that was looked at. Its text holds no personal data.
    public struct Check: Sendable, Codable, Equatable {
        public var name: String
        public var isPassed: Bool
        public var detail: String

        public init(name: String, isPassed: Bool, detail: String = "") {
            self.name = name
            self.isPassed = isPassed
            self.detail = detail
        }

        private enum CodingKeys: String, CodingKey {
            case name, detail
            case isPassed = "passed"
        }
    }

    public init(isHealthy: Bool, isReady: Bool, checks: [Check] = []) {
        self.isHealthy = isHealthy
        self.isReady = isReady
        self.checks = checks
    }

    private enum CodingKeys: String, CodingKey {
        case checks
        case isHealthy = "healthy"
        case isReady = "ready"
    }
}
