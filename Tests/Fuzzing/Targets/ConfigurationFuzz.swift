import JobService
import PostgresConnector

/// An environment and a job file of any content give a job, or an error that says what to change, which holds no
/// secret.
enum ConfigurationFuzz {
    private static let secret = "s3cr3t-canary"

    /// Lines `NAME=value` up to an empty one, then the file.
    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        var environment: [String: String] = [:]
        for line in head {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // Such a variable names a file of this machine, a property another library to load.
            if parts.count < 2 || parts[0].hasSuffix("_FILE") || parts[0].lowercased().contains("plugin") {
                continue
            }
            environment[String(parts[0])] = String(parts[1])
        }
        let configuration: ServiceConfiguration
        do {
            configuration = try ServiceConfiguration(
                environment: environment, workingDirectory: "/nowhere")
        } catch {
            try FuzzFinding.check(!error.message.isEmpty && error.status == .invalidInput, "\(error)")
            return
        }
        try checkSecrets(configuration)
        let job = lines.dropFirst(head.count + 1).joined(separator: "\n")
        let explanation: String
        do throws(JobServiceError) {
            let pipeline = try Pipeline(
                text: job, fileName: "job.sql", configuration: configuration, environment: environment)
            explanation = ServiceConfiguration.isValidJobName(pipeline.name) ? pipeline.explanation() : ""
        } catch {
            try FuzzFinding.check(!error.message.isEmpty && error.status == .invalidInput, "\(error)")
            return
        }
        try FuzzFinding.check(!explanation.isEmpty, "a job without a name or an explanation")
    }

    private static func checkSecrets(_ configuration: ServiceConfiguration) throws {
        guard let url = configuration.postgresURL else { return }
        let report = configuration.report()
        try FuzzFinding.check(
            !report.contains(url) || url.utf8.count < 12 || configuration.checkpointURI.contains(url)
                || configuration.kafkaProperties.values.contains { $0.contains(url) }
                || (configuration.statusFile ?? "").contains(url), "the report shows the url")
        var isShown = false
        do throws(PostgresConnectorError) {
            let parameters = try ConnectionParameters(url: url)
            guard let password = parameters.values["password"], password.contains(secret) else { return }
            // Somebody may have written the password in two places.
            if parameters.values.contains(where: { $0.key != "password" && $0.value.contains(secret) }) { return }
            isShown = "\(parameters) \(String(reflecting: parameters))".contains(secret)
        } catch {
            isShown = error.message.contains(secret)
        }
        try FuzzFinding.check(!isShown, "a text for people shows the password")
    }

    private static let job = """
        CREATE TABLE plays (user_id BIGINT, note STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
        WITH ('connector' = 'kafka', 'topic' = 'plays', 'format' = 'json', 'scan.startup.mode' = 'specific-offsets',
          'scan.startup.specific-offsets' = 'partition:0,offset:42;partition:1,offset:300',
          'properties.security.protocol' = 'SASL_SSL', 'scan.on-error' = 'skip', 'json.ignore-parse-errors' = 'true',
          'scan.watermark.idle-timeout' = '500 ms');
        CREATE TABLE t (user_id BIGINT, note STRING, PRIMARY KEY (user_id) NOT ENFORCED)
        WITH ('connector' = 'postgres', 'table-name' = 'public.t', 'sink.buffer-flush.max-rows' = '100',
          'sink.lock-timeout' = '5 s', 'sink.redo.max-bytes' = '1 mb');
        INSERT INTO t SELECT user_id, note FROM plays;
        """

    static func seeds() -> [[UInt8]] {
        [
            """
            MILLRACE_KAFKA_BOOTSTRAP_SERVERS=localhost:9092
            MILLRACE_POSTGRES_URL=postgres://user:s3cr3t-canary@localhost:5432/film?sslmode=verify-full
            MILLRACE_CHECKPOINT_INTERVAL=500ms
            MILLRACE_TABLE_PLAYS_SCAN_STARTUP_MODE=latest-offset
            """,
            """
            MILLRACE_KAFKA_BOOTSTRAP_SERVERS=a:1,b:2
            MILLRACE_KAFKA_SASL_JAAS_CONFIG=org.apache.kafka.PlainLoginModule required username="u" password="p";
            MILLRACE_POSTGRES_URL=jdbc:postgresql://[::1]:5432,h:1/db?ssl=true&currentSchema=s&user=u&password=s3cr3t-canary
            MILLRACE_PARALLELISM=2
            """,
            "MILLRACE_JOB_NAME=film\nMILLRACE_LOG_LEVEL=debug\nMILLRACE_POSTGRES_URL=host=h dbname=d password=s3cr3t-canary",
            "MILLRACE_RESTART_ATTEMPTS=-1\nMILLRACE_UNKNOWN=1\nMILLRACE_SHUTDOWN_TIMEOUT=2 years", "",
        ].map { Array("\($0)\n\n\(job)".utf8) }
    }

    static let dictionary: [String] =
        ConfigurationKey.all.map(\.variable) + [
            "MILLRACE_TABLE_PLAYS_", "MILLRACE_TABLE_T_", "MILLRACE_KAFKA_", "=", "\n",
            "'topic-pattern' = '", "'format' = 'raw'",
            "'scan.bounded.mode' = 'timestamp'", "'scan.startup.timestamp-millis' = '",
            "'key.format' = 'json'",
            "'key.fields' = 'user_id'", "'value.fields-include' = 'EXCEPT_KEY'",
            "'sink.create-table' = 'true'",
            "'scan.dead-letter.table' = '", "'sink.on-error' = 'dead-letter'",
            "'url' = 'jdbc:postgresql://", "%00", "%",
            "?sslmode=", "&", "@", "[::1]", "partition:0,offset:", "SASL_PLAINTEXT", "truststore", "\"",
            "1 gb", "-1",
        ]
}
