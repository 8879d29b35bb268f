/// What the HTTP service sees of a job and may ask of it; called from any thread, none of it blocks.
package struct JobPanel: Sendable {
    package var snapshot: @Sendable () -> JobSnapshot
    /// The threads by name; reads a file for each.
    package var threadGroups: @Sendable () -> [ThreadGroup]
    package var plan: PlanDocument
    package var configuration: [ConfigurationEntry]
    package var requestCheckpoint: @Sendable () -> Void
    package var requestSavepoint: @Sendable () -> Void
    /// Ends the job after a last checkpoint.
    package var requestStop: @Sendable () -> Void
    /// As `requestStop`; the last checkpoint is kept.
    package var requestStopWithSavepoint: @Sendable () -> Void
    package var setPaused: @Sendable (Bool) -> Void
    package var logLevel: @Sendable () -> String
    /// False where there is no such level.
    package var setLogLevel: @Sendable (String) -> Bool
    /// Called when somebody has been told how the job as a whole is, by `/api/v1/job`.
    package var didTellJob: @Sendable (JobState) -> Void
    /// Called when somebody has been told everything, by `/api/v1/status`: a page that watches, as a rule.
    package var didTellStatus: @Sendable (JobState) -> Void
    /// Notes who did what.
    package var log: @Sendable (_ message: String, _ fields: [String: String]) -> Void

    package init(
        snapshot: @escaping @Sendable () -> JobSnapshot, plan: PlanDocument, configuration: [ConfigurationEntry] = []
    ) {
        self.snapshot = snapshot
        self.plan = plan
        self.configuration = configuration
        threadGroups = { [] }
        requestCheckpoint = {}
        requestSavepoint = {}
        requestStop = {}
        requestStopWithSavepoint = {}
        setPaused = { _ in }
        logLevel = { "info" }
        setLogLevel = { _ in false }
        didTellJob = { _ in }
        didTellStatus = { _ in }
        log = { _, _ in }
    }
}
