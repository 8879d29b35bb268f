/// What a session is set to once it is open.
package struct SessionSettings: Sendable, Equatable {
    /// `<job>/<instance>`: how a later owner recognises a session of the same job. Cut to 63 bytes by the server.
    package var applicationName: String
    /// A transaction that its owner has left alone for so long is ended by the server, so that a stopped process
    /// cannot hold locks for ever.
    package var idleInTransactionTimeout: Duration = .seconds(300)
    /// How long a statement waits for a lock before it fails with 55P03.
    package var lockTimeout: Duration = .seconds(5)
    /// How long a statement may take before it fails with 57014; commits are exempt.
    package var statementTimeout: Duration = .seconds(600)
    /// Whether a commit must be on disk before it is answered.
    package var durability: Durability = .durable
    /// Whether a server that takes no writes is refused at once.
    package var purpose: Purpose = .reading

    /// What a session is for.
    package enum Purpose: Sendable, Equatable {
        case reading, writing
    }

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

    /// What the names of all sessions of a job begin with, and of no other job's: short enough that the server cuts no
    /// instance off.
    static func prefix(job: String) -> String {
        // The server replaces what is not printable ASCII.
        let isPlain = job.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) && $0 != "/" }
        if isPlain && job.utf8.count <= 24 { return job + "/" }
        let characters = job.unicodeScalars.prefix(15).map { scalar in
            (0x20..<0x7F).contains(scalar.value) && scalar != "/" ? Character(scalar) : "?"
        }
        // What was left out tells long names apart (FNV-1a).
        var hash: UInt32 = 0x811C_9DC5
        for byte in job.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        return String(characters) + "~" + String(repeating: "0", count: 8 - digits.count) + digits + "/"
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
            SET statement_timeout = \(statementTimeout.milliseconds);
            SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
            SET tcp_user_timeout = 30000;
            SET standard_conforming_strings = on;
            """
        if durability == .durable { text += "\n" + Self.durable(isLocal: false) }
        return text
    }
}

extension SessionSettings {
    /// What begins a transaction. What its safety needs is set in it, so that it rests on nothing that was set before.
    var begin: String {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED;"
        return durability == .durable ? begin + Self.durable(isLocal: true) : begin
    }

    /// Raises a `synchronous_commit` that would answer a commit before it is on disk.
    private static func durable(isLocal: Bool) -> String {
        """
        SELECT set_config('synchronous_commit', 'on', \(isLocal))
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
        """
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
