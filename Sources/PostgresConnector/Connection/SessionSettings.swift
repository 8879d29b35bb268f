/// What a session is set to once it is open.
package struct SessionSettings: Sendable, Equatable {
    /// `<job>/<instance>`: how a later owner recognises a session of the same job. Cut to 63 bytes by the server.
    package var applicationName: String
    /// A transaction that its owner has left alone for so long is ended by the server, so that a stopped process
    /// cannot hold locks for ever.
    package var idleInTransactionTimeout: Duration = .seconds(300)
    /// How long a statement waits for a lock before it fails with 55P03.
    package var lockTimeout: Duration = .seconds(5)
    /// Whether a commit must be on disk before it is answered.
    package var durability: Durability = .durable

    /// What a commit on this session waits for.
    package enum Durability: Sendable, Equatable {
        /// `synchronous_commit` is at least `on`.
        case durable
        /// As the server is set.
        case asServer
    }

    package init(applicationName: String) {
        self.applicationName = applicationName
    }

    /// What the names of all sessions of a job begin with: short enough that the server cuts no instance off.
    static func prefix(job: String) -> String {
        // The server replaces what is not printable ASCII.
        let characters = job.unicodeScalars.prefix(24).map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" }
        return String(characters) + "/"
    }

    /// The name of an instance's sessions, at most 63 bytes.
    static func name(job: String, instance: String) -> String {
        prefix(job: job) + String(instance.prefix(38))
    }

    /// The statements that set a session up.
    var statements: String {
        var text = """
            SET idle_in_transaction_session_timeout = \(idleInTransactionTimeout.milliseconds);
            SET lock_timeout = \(lockTimeout.milliseconds);
            SET standard_conforming_strings = on;
            """
        if durability == .durable {
            text += """

                SELECT set_config('synchronous_commit', 'on', false)
                WHERE current_setting('synchronous_commit') IN ('off', 'local');
                """
        }
        return text
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
