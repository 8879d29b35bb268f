/// One sentence about a job: what holds its output back, or that nothing does.
package struct Finding: Codable, Sendable, Hashable {
    /// How much it matters, worst first.
    package enum Severity: String, Codable, Sendable, Hashable {
        /// Nothing comes out until somebody or something acts.
        case blocked
        /// Output waits for something that is expected to come by itself.
        case waiting
        /// Worth knowing.
        case note
        /// All is as it should be.
        case well
    }

    package var severity: Severity
    /// Stable, for programs: `paused`, `restarting`, `watermark`, ...
    package var code: String
    /// A sentence; times are UTC.
    package var text: String
    /// The operator's id or the participant that it is about.
    package var subject: String?

    package init(_ severity: Severity, _ code: String, _ text: String, subject: String? = nil) {
        self.severity = severity
        self.code = code
        self.text = text
        self.subject = subject
    }
}
