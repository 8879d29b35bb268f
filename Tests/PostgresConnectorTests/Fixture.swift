internal import DevPostgres
internal import PostgresConnector

/// One server for all tests of the process, started by the first that asks.
enum Fixture {
    static let server: Result<PostgresServer, any Error> = Result { try PostgresServer() }

    /// A session in a schema of its own, with the schema's name.
    static func session(_ name: String = #function) throws -> (PostgresConnection, schema: String) {
        let server = try Self.server.get()
        let connection = try PostgresConnection(
            ConnectionParameters(url: server.socketUrl()), session: SessionSettings(applicationName: "test"))
        let schema = "s\(UInt32.random(in: 0...UInt32.max))"
        try connection.execute("CREATE SCHEMA \(schema); SET search_path = \(schema)")
        return (connection, schema)
    }
}
