internal import Dataflow
internal import SQL

/// How the epochs of a job become final, in words for `millrace explain`.
enum CommitExplanation {
    static func text(_ job: CompiledJob) -> String {
        var kafka: [String] = []
        var postgres: [String] = []
        var others: [String] = []
        for use in job.tables where use.role == .sink || use.role == .deadLetters {
            let options = use.table.options
            let guarantee = options["sink.delivery-guarantee"] ?? "exactly-once"
            switch (options["connector"], guarantee) {
            case ("kafka", "exactly-once"), ("upsert-kafka", "exactly-once"): kafka.append(use.table.name)
            case ("postgres", "exactly-once"), ("jdbc", "exactly-once"): postgres.append(use.table.name)
            default: others.append(use.table.name)
            }
        }
        var lines = ["Commits"]
        if !kafka.isEmpty {
            lines.append(
                "      decided by a Kafka transaction with the rows of \(names(kafka)) and the offsets of every source")
            if !postgres.isEmpty {
                lines.append(
                    "      followed by PostgreSQL with the rows of \(names(postgres)), which the checkpoint keeps until then"
                )
            }
        } else if !postgres.isEmpty {
            lines.append(
                "      decided by a PostgreSQL transaction with the rows of \(names(postgres)) and a bookkeeping row that holds the offsets"
            )
        } else {
            lines.append("      decided by the checkpoint's own file")
        }
        if !others.isEmpty { lines.append("      at least once: \(names(others)) may repeat rows after a crash") }
        return lines.joined(separator: "\n")
    }

    private static func names(_ tables: [String]) -> String { Set(tables).sorted().joined(separator: ", ") }
}
