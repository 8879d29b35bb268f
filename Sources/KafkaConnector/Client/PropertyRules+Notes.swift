extension PropertyRules {
    /// What of Kafka's own clients is not handed to librdkafka as it is, sorted by name.
    static var notes: [(name: String, note: String)] {
        var notes = special.compactMap { name, rule -> (name: String, note: String)? in
            note(rule, of: name).map { (name, $0) }
        }
        for name in ["ssl.truststore.location", "ssl.keystore.type", "sasl.login.class", "sasl.client.callback"] {
            let family =
                name == "ssl.keystore.type" ? name : name.split(separator: ".").prefix(2).joined(separator: ".") + ".*"
            if let text = note(rule(for: name), of: name) { notes.append((family, text)) }
        }
        return notes.sorted { $0.name < $1.name }
    }

    private static func note(_ rule: Rule, of name: String) -> String? {
        switch rule {
        case .passed(let own): own == name ? nil : "is librdkafka's `\(own)`"
        case .bytesToKibibytes(let own): "in bytes; is librdkafka's `\(own)`"
        case .offsetReset: "`earliest`, `latest` or `none`: where `group-offsets` begins without an offset"
        case .dataPath:
            "`direct` (default) or `librdkafka`: records are fetched over connections of Millrace's own, which take less "
                + "processor time, where neither TLS nor a login nor `client.rack` is asked for; else by librdkafka"
        case .jaas: "user name and password are read from it; no class is loaded"
        case .ignored: "taken, without effect"
        case .refused(let reason): "refused: \(reason)"
        }
    }
}
