import Foundation
import PipelineTesting

/// A folder with a pipeline and its test file.
struct TestFolder {
    let path: String

    /// - Parameter sql: `pipeline.sql`.
    init(sql: String) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try sql.write(toFile: path + "/pipeline.sql", atomically: true, encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Runs one test file, whose first line `pipeline: pipeline.sql` is put before it.
    func run(_ yaml: String) throws -> TestReport {
        let file = path + "/pipeline.test.yaml"
        try ("pipeline: pipeline.sql\n" + yaml).write(toFile: file, atomically: true, encoding: .utf8)
        let report = PipelineTest(PipelineTest.Options()).run([file])
        // Tests compare texts without the folder's name.
        var shortened = report
        for index in shortened.files.indices {
            shortened.files[index].path = "t"
            shortened.files[index].error = shortened.files[index].error?.replacingOccurrences(of: file, with: "t")
        }
        return shortened
    }

    /// Runs a test file in a folder of its own.
    static func run(sql: String, _ yaml: String) throws -> TestReport {
        let folder = try TestFolder(sql: sql)
        defer { folder.remove() }
        return try folder.run(yaml)
    }
}

extension TestReport {
    /// Whether there is a case, and all have passed.
    var isPassed: Bool { !hasErrors && !cases.isEmpty && failedCount == 0 }
}

/// Pipelines that several suites run.
enum TestSQL {
    static let filter = """
        CREATE TABLE orders (id BIGINT NOT NULL, item ROW<name STRING, price DECIMAL(10, 2)>, note STRING)
          WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
        CREATE TABLE large (id BIGINT, name STRING, price DECIMAL(10, 2), note STRING)
          WITH ('connector' = 'kafka', 'topic' = 'large', 'format' = 'json');
        INSERT INTO large SELECT id, item.name, item.price, note FROM orders WHERE item.price >= 100;
        """

    static let asOf = """
        CREATE TABLE rates (currency STRING, rate DOUBLE, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (currency) NOT ENFORCED)
          WITH ('connector' = 'kafka', 'topic' = 'rates', 'format' = 'json');
        CREATE TABLE orders (id BIGINT, currency STRING, ts TIMESTAMP_LTZ(3),
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
          WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
        CREATE TABLE priced (id BIGINT, rate DOUBLE) WITH ('connector' = 'postgres', 'table-name' = 'priced');
        INSERT INTO priced SELECT o.id, r.rate FROM orders AS o
          LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency;
        """

    /// Changes of a compacted topic, by key into PostgreSQL.
    static let mirror = """
        CREATE TABLE people_topic (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
          WITH ('connector' = 'upsert-kafka', 'topic' = 'people', 'key.format' = 'json', 'value.format' = 'json');
        CREATE TABLE people (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED)
          WITH ('connector' = 'postgres', 'table-name' = 'people');
        INSERT INTO people SELECT id, UPPER(name) FROM people_topic;
        """

    static let deadLetters = """
        SET 'millrace.on-error' = 'dead-letter';
        SET 'millrace.dead-letter.table' = 'rejected';
        CREATE TABLE orders (id BIGINT NOT NULL, a INT, b INT)
          WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'json');
        CREATE TABLE shares (id BIGINT, share INT) WITH ('connector' = 'kafka', 'topic' = 'shares', 'format' = 'json');
        CREATE TABLE rejected (`operator` STRING, reason STRING, message STRING, topic STRING, `partition` INT,
          `offset` BIGINT, raw_key BYTES, raw_value BYTES, failed_at TIMESTAMP_LTZ(3))
          WITH ('connector' = 'kafka', 'topic' = 'rejected', 'format' = 'json');
        INSERT INTO shares SELECT id, a / b FROM orders;
        """
}
