internal import JobService

/// The `.env` of a starter directory: every variable, those that need no value as comments.
struct StarterVariables {
    let jobName: String

    private var values: [String: String] {
        [
            "MILLRACE_JOB_NAME": jobName, "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "localhost:29092",
            "MILLRACE_POSTGRES_URL": "postgres://millrace:millrace@localhost:5432/millrace",
        ]
    }

    var text: String {
        let head = """
            # Read by docker compose, and on this machine by: set -a; . ./.env; set +a; millrace run pipeline.sql
            # The addresses are those that compose.yaml opens on this machine. What is secret can be named by a file instead:
            # MILLRACE_POSTGRES_URL_FILE=/run/secrets/postgres-url

            """
        let values = values
        let entries = ConfigurationKey.all.map { key in
            let takes =
                switch key.value {
                case .choice, .integer, .byteCount: ": \(key.value.expectation)"
                case .text, .secret, .duration: ""
                }
            let comment = "# \(key.meaning)\(takes)" + (key.defaultText.map { " (default: \($0))" } ?? "")
            if let value = values[key.variable] { return "\(comment)\n\(key.variable)=\(value)\n" }
            return "\(comment)\n# \(key.variable)=\n"
        }
        return head + "\n" + entries.joined(separator: "\n")
    }
}
