// The errors of PostgresConnector.
