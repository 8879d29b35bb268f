/// Which server a session is with: what tells a failover from another server altogether.
struct ServerIdentity: Sendable, Equatable {
    /// Made by initdb and shared by all physical copies; nil where the server does not tell this user.
    var systemIdentifier: String?
    /// Raised by every promotion; nil where the server does not tell this user.
    var timeline: Int?

    static func read(_ connection: PostgresConnection) throws(PostgresConnectorError) -> ServerIdentity {
        var identity = ServerIdentity()
        do {
            identity.systemIdentifier = try connection.execute(
                "SELECT system_identifier FROM pg_catalog.pg_control_system()"
            ).text(0, 0)
            identity.timeline = try connection.execute(
                "SELECT ('x' || left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8))::bit(32)::int"
            ).text(0, 0).flatMap { Int($0) }
        } catch {
            // Services that run PostgreSQL for others may keep these to themselves.
            guard ["42501", "42883", "0A000"].contains(error.sqlState?.code) else { throw error }
        }
        return identity
    }
}
