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

    package enum Durability: Sendable, Equatable {
        /// `synchronous_commit` is at least `on`.
        case durable
        /// As the server is set.
        case asServer
    }

    package init(applicationName: String) {
        self.applicationName = applicationName
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
