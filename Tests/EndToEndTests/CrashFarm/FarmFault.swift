/// Harm that is done to a farm's job while it runs.
enum FarmFault: String, CaseIterable, Sendable {
    case killed
    /// The broker, as by `kill -9`; it comes back with what it has answered.
    case brokerKilled = "broker killed"
    /// The broker is asked to end, and comes back.
    case brokerRestarted = "broker restarted"
    /// The broker cuts the job's connections before or after its requests, repeats them, or answers that it cannot.
    case brokerFaults = "broker faults"
    case databaseRestarted = "database restarted"
    case databaseStopped = "database stopped at once"
    case databaseKilled = "database killed"
    /// The job's sessions, in the middle of a COMMIT where one can be caught.
    case sessionsEnded = "sessions ended"
    /// Stopped for a while and let go on, with nobody else there.
    case frozen
    /// Stopped until another instance has taken over, and let go on then.
    case zombie
}
