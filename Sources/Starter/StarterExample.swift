/// A pipeline that one can start from, with its tests.
package struct StarterExample: Sendable {
    /// A topic of the pipeline.
    struct Topic: Sendable {
        var name: String
        var isCompacted = false
    }

    /// As `--example` names it.
    package let name: String
    package let title: String
    /// One sentence.
    package let summary: String
    let sql: [UInt8]
    let test: [UInt8]
    /// What the database must have before the job starts; nil for nothing.
    let tables: [UInt8]?
    let topics: [Topic]
    /// A shell line that writes a record.
    let produce: String
    /// A shell line that shows the result.
    let look: String

    /// The first is what is written unless another is named.
    package static let all = [filter, ratingsBeforePlays, enrichment, mirror]

    private static let filter = StarterExample(
        name: "filter", title: "Large orders",
        summary:
            "Reads orders from a topic, writes those of a hundred and more to another one, and puts aside what is no order.",
        sql: PackageResources.filter_sql, test: PackageResources.filter_test_yaml, tables: nil,
        topics: [Topic(name: "orders"), Topic(name: "large_orders"), Topic(name: "rejected")],
        produce: write(
            #"{"order_id":1,"customer_id":7,"amount":250,"country":"de","ordered_at":"2026-01-01 12:00:00Z"}"#,
            to: "orders"),
        look: read("large_orders"))

    private static let ratingsBeforePlays = StarterExample(
        name: "ratings-before-plays", title: "Ratings before plays",
        summary:
            "For every play of a film finds the rating that the same user gave it last before that play, and writes both to PostgreSQL.",
        sql: PackageResources.ratings_before_plays_sql, test: PackageResources.ratings_before_plays_test_yaml,
        tables: nil,
        topics: [Topic(name: "ratings"), Topic(name: "plays"), Topic(name: "movies", isCompacted: true)],
        produce: [
            write(#"{"user_id":1,"movie_id":7,"rating":4.5,"ts":"2026-01-01 20:00:00Z"}"#, to: "ratings"),
            write(#"{"user_id":1,"movie_id":7,"device":"tv","ts":"2026-01-01 20:00:05Z"}"#, to: "plays"),
        ].joined(separator: "\n"),
        look: query("enriched_plays"))

    private static let enrichment = StarterExample(
        name: "enrichment", title: "Enriched orders",
        summary:
            "Adds to each order its customer, asked for in PostgreSQL, and its product, held from a compacted topic; writes one row an order.",
        sql: PackageResources.enrichment_sql, test: PackageResources.enrichment_test_yaml,
        tables: PackageResources.enrichment_tables_sql,
        topics: [Topic(name: "orders"), Topic(name: "products", isCompacted: true)],
        produce: [
            writeKeyed(#"{"product_id":10}|{"product_id":10,"name":"Lamp","price":19.90}"#, to: "products"),
            write(
                #"{"order_id":1,"customer_id":1,"product_id":10,"quantity":3,"ordered_at":"2026-01-01 12:00:00Z"}"#,
                to: "orders"
            ),
        ].joined(separator: "\n"),
        look: query("enriched_orders"))

    private static let mirror = StarterExample(
        name: "mirror", title: "A topic as a table",
        summary:
            "Keeps a PostgreSQL table equal to a compacted topic: the last record of each key, deletions included.",
        sql: PackageResources.mirror_sql, test: PackageResources.mirror_test_yaml, tables: nil,
        topics: [Topic(name: "customers", isCompacted: true)],
        produce: writeKeyed(
            #"{"customer_id":1}|{"customer_id":1,"name":"Ada","email":"ada@example.com"}"#, to: "customers"),
        look: query("customers"))

    // MARK: Shell lines

    private static let kafka = "docker compose exec -T kafka /opt/kafka/bin"

    private static func write(_ record: String, to topic: String) -> String {
        "echo '\(record)' | \(kafka)/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic \(topic)"
    }

    private static func writeKeyed(_ record: String, to topic: String) -> String {
        write(record, to: topic) + " --property parse.key=true --property 'key.separator=|'"
    }

    private static func read(_ topic: String) -> String {
        "\(kafka)/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic \(topic) --from-beginning "
            + "--isolation-level read_committed --timeout-ms 5000"
    }

    private static func query(_ table: String) -> String {
        "docker compose exec postgres psql -U millrace -c 'SELECT * FROM \(table)'"
    }
}
