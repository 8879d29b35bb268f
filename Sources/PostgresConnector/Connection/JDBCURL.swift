/// A url as the Java driver takes it, read into libpq's `key='value'` form.
struct JDBCURL {
    /// libpq's keywords and values; every value quoted.
    let conninfo: String

    /// Properties of the Java driver that change nothing of what this connector does.
    private static let ignored: Set<String> = [
        "reWriteBatchedInserts", "stringtype", "socketTimeout", "prepareThreshold", "preparedStatementCacheQueries",
        "preparedStatementCacheSizeMiB", "defaultRowFetchSize", "binaryTransfer", "autosave", "loadBalanceHosts",
        "hostRecheckSeconds", "disableColumnSanitiser", "logUnclosedConnections", "unknownLength", "cleanupSavepoints",
        "preferQueryMode", "adaptiveFetch", "allowEncodingChanges", "assumeMinServerVersion", "readOnly",
    ]

    private static let renamed: [String: String] = [
        "user": "user", "password": "password", "sslmode": "sslmode", "sslrootcert": "sslrootcert",
        "sslcert": "sslcert", "sslkey": "sslkey", "sslpassword": "sslpassword", "ApplicationName": "application_name",
        "connectTimeout": "connect_timeout", "loginTimeout": "connect_timeout", "options": "options",
        "gssEncMode": "gssencmode", "channelBinding": "channel_binding",
    ]

    init(_ url: String) throws(PostgresConnectorError) {
        let prefix = "jdbc:postgresql:"
        guard url.hasPrefix(prefix) else {
            throw PostgresConnectorError(
                .configuration, "only jdbc urls of PostgreSQL are taken: jdbc:postgresql://host:port/database")
        }
        var rest = url.dropFirst(prefix.count)
        var query: Substring = ""
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        var pairs: [(String, String)] = []
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            pairs += try Self.servers(rest[..<slash])
            rest = slash < rest.endIndex ? rest[rest.index(after: slash)...] : ""
        } else {
            if rest.hasPrefix("/") { rest = rest.dropFirst() }
            pairs.append(("host", "localhost"))
        }
        if !rest.isEmpty { pairs.append(("dbname", try Self.decode(rest))) }
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? try Self.decode(parts[1]) : "true"
            pairs += try Self.property(String(parts[0]), value)
        }
        conninfo = pairs.map { "\($0.0)='\(Self.escape($0.1))'" }.joined(separator: " ")
    }

    private static func servers(_ text: Substring) throws(PostgresConnectorError) -> [(String, String)] {
        var hosts: [String] = []
        var ports: [String] = []
        for server in text.split(separator: ",", omittingEmptySubsequences: false) {
            var host = server
            var port: Substring = "5432"
            let afterBracket = server.lastIndex(of: "]") ?? server.startIndex
            if let colon = server[afterBracket...].lastIndex(of: ":") {
                host = server[..<colon]
                port = server[server.index(after: colon)...]
            }
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            hosts.append(host.isEmpty ? "localhost" : try decode(host))
            ports.append(port.isEmpty ? "5432" : String(port))
        }
        return [("host", hosts.joined(separator: ",")), ("port", ports.joined(separator: ","))]
    }

    private static func property(
        _ name: String, _ value: String
    ) throws(PostgresConnectorError) -> [(String, String)] {
        if let keyword = renamed[name] { return [(keyword, value)] }
        switch name {
        case "ssl": return value == "false" ? [] : [("sslmode", "verify-full")]
        case "tcpKeepAlive": return [("keepalives", value == "false" ? "0" : "1")]
        case "currentSchema": return [("options", "-csearch_path=\(value)")]
        case "targetServerType":
            return [("target_session_attrs", value == "primary" || value == "master" ? "primary" : "any")]
        case _ where ignored.contains(name): return []
        default:
            // What follows the name by a slip, such as `password?...`, may be a secret.
            let word = name.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            throw PostgresConnectorError(
                .configuration,
                "the jdbc url holds the property '\(word)\(word.count < name.count ? "..." : "")', which is not known; take it out"
            )
        }
    }

    private static func escape(_ value: String) -> String {
        var out = ""
        for character in value {
            if character == "'" || character == "\\" { out.append("\\") }
            out.append(character)
        }
        return out
    }

    private static func decode(_ text: Substring) throws(PostgresConnectorError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(Substring(digits), radix: 16), value != 0 else {
                throw PostgresConnectorError(
                    .configuration, "the jdbc url holds a '%' that two hex digits do not follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
