internal import CPostgres

/// Where the server is and who asks, as libpq's keywords.
///
/// Written as text it shows neither password nor key.
package struct ConnectionParameters: Sendable, Equatable {
    /// libpq's keywords with their values.
    package private(set) var values: [String: String]

    package init(values: [String: String]) {
        self.values = values
    }

    /// Reads a url and the two options that may stand beside it.
    ///
    /// - Parameters:
    ///   - url: `postgres://user:password@host:port/database?sslmode=...`, `postgresql://...`, Flink's
    ///     `jdbc:postgresql://host:port/database?...`, or libpq's `key=value` form.
    ///   - username: Wins over the url's.
    ///   - password: Wins over the url's.
    /// - Throws: `.configuration`; the message never quotes the url.
    package init(
        url: String, username: String? = nil, password: String? = nil
    ) throws(PostgresConnectorError) {
        let text = url.hasPrefix("jdbc:") ? try JDBCURL(url).conninfo : url
        guard let parsed = Self.parse(text) else {
            throw PostgresConnectorError(
                .configuration,
                "the PostgreSQL url cannot be read; write postgres://user:password@host:port/database, "
                    + "jdbc:postgresql://host:port/database, or host=... dbname=... user=...")
        }
        // Not quoted either: where the host is missing, what was meant as the password stands at the port's place.
        guard Self.arePorts(parsed["port"]) else {
            throw PostgresConnectorError(
                .configuration, "the PostgreSQL url has a port that is no number from 1 to 65535")
        }
        values = parsed
        if let username { values["user"] = username }
        if let password { values["password"] = password }
    }

    /// The same with a value for a keyword that has none yet.
    package mutating func setDefault(_ keyword: String, _ value: String) {
        if values[keyword] == nil { values[keyword] = value }
    }

    /// The same with a value for a keyword, whatever it had.
    package mutating func set(_ keyword: String, _ value: String) {
        values[keyword] = value
    }

    /// Sets what a connection needs to notice a dead peer: time-outs in seconds and milliseconds where none are given.
    package mutating func setLivenessDefaults() {
        setDefault("connect_timeout", "10")
        setDefault("keepalives", "1")
        setDefault("keepalives_idle", "15")
        setDefault("keepalives_interval", "5")
        setDefault("keepalives_count", "3")
        setDefault("tcp_user_timeout", "30000")
        set("client_encoding", "UTF8")
    }

    /// Of several servers, takes the one that can be written.
    package mutating func setWritable() {
        if values["host"]?.contains(",") == true { setDefault("target_session_attrs", "read-write") }
    }

    /// Two parameters name the same database of the same server for the same user.
    package var identity: String {
        ["host", "hostaddr", "port", "dbname", "user"].map { "\($0)=\(values[$0] ?? "")" }.joined(separator: " ")
    }

    /// Whether libpq takes the ports, one per host; it would refuse others at every attempt to connect.
    private static func arePorts(_ ports: String?) -> Bool {
        (ports ?? "").split(separator: ",").allSatisfy { port in Int(port).map((1...65535).contains) ?? false }
    }

    private static func parse(_ text: String) -> [String: String]? {
        var errorText: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(text, &errorText)
        if let errorText { PQfreemem(errorText) }
        guard let options else { return nil }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }
}

extension ConnectionParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let host = values["host"] ?? values["hostaddr"] ?? "localhost"
        let port = values["port"].map { ":\($0)" } ?? ""
        let user = values["user"].map { "\($0)@" } ?? ""
        return "postgres://\(user)\(host)\(port)/\(values["dbname"] ?? "")"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
