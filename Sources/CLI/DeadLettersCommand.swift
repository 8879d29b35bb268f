internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace deadletters`: what a job has put aside, and the way back.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters", abstract: "List, show and put back records that a job has put aside.",
        discussion: """
            Dead letters are read from a table of the database that MILLRACE_POSTGRES_URL names (millrace.dead_letters if nothing \
            is said), or from a topic of the brokers that MILLRACE_KAFKA_BOOTSTRAP_SERVERS names, with JSON records.
            """,
        subcommands: [List.self, Show.self, Replay.self]
    )

    struct Selection: ParsableArguments {
        @Option(help: "The table that keeps them, [schema.]table.")
        var table: String?
        @Option(help: "The topic that keeps them.")
        var topic: String?
        @Option(help: "A reason, such as value.truncated, or the first part of several, such as expression.")
        var reason: String?
        @Option(name: .customLong("operator"), help: "The operator or table that rejected them.")
        var operatorName: String?
        @Option(help: "The topic that the records came from.")
        var source: String?
        @Option(help: "The job that rejected them.")
        var job: String?
        @Option(help: "Not longer ago than this: 30min, 12h, 7d.")
        var since: String?

        func validate() throws {
            if table != nil && topic != nil { throw ValidationError("Name a table or a topic, not both.") }
            if let since, DeadLetterFilter.milliseconds(since) == nil {
                throw ValidationError("'\(since)' is no time such as 30min, 12h or 7d.")
            }
        }

        func archive() throws -> DeadLetterArchive {
            let location: DeadLetterArchive.Location =
                topic.map { .topic($0) } ?? .table(table ?? "millrace.dead_letters")
            return DeadLetterArchive(location, configuration: try ServiceConfiguration.ofProcess())
        }

        var filter: DeadLetterFilter {
            var filter = DeadLetterFilter()
            filter.reason = reason
            filter.operatorName = operatorName
            filter.topic = source
            filter.job = job
            filter.since = since.flatMap(DeadLetterFilter.milliseconds).map {
                Int64(Date().timeIntervalSince1970 * 1000) - $0
            }
            return filter
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Counts by reason, and the newest ones.")
        @OptionGroup var selection: Selection
        @Option(help: "How many to list.")
        var limit = 20
        @Flag(help: "All of them in the order of their records, one JSON object a line: to be mended and put back.")
        var json = false

        func run() async throws {
            try CommandFailure.exiting {
                let (entries, foreignCount) = try selection.archive().entries(selection.filter)
                if json {
                    for entry in entries { print(entry.json) }
                } else {
                    print(DeadLetterReport.list(entries, foreignCount: foreignCount, limit: limit, now: Date()))
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one of them.")
        @Argument(help: "The record, as 'list' names it: topic-partition@offset.")
        var record: String
        @OptionGroup var selection: Selection
        @Flag(help: "The bytes of its value and nothing else, from its topic where they are not kept.")
        var raw = false

        func run() async throws {
            try CommandFailure.exiting {
                var filter = selection.filter
                filter.places = [record]
                let archive = try selection.archive()
                let entries = try archive.entries(filter).entries
                guard let first = entries.first else {
                    throw JobServiceError(.invalidInput, "there is no dead letter of the record \(record)")
                }
                if raw {
                    FileHandle.standardOutput.write(Data(try archive.completed(first).rawValue ?? []))
                } else {
                    print(entries.map(DeadLetterReport.show).joined(separator: "\n\n"))
                }
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put records back into the topics that they came from, in their order, in one transaction.",
            discussion: """
                Without --execute everything is checked and nothing is written. Records that are kept in PostgreSQL are marked, and put \
                back once; those that are kept in a topic are put back at each call. A letter that does not hold its whole record takes it \
                from the topic that it came from, and is left out by name where that has it no more.
                """)
        @OptionGroup var selection: Selection
        @Option(name: .customLong("record"), help: "Only this record, topic-partition@offset; may be repeated.")
        var records: [String] = []
        @Option(help: "Mended records: lines of 'list --json', edited. Only they are put back.")
        var file: String?
        @Flag(help: "Also records that were put back before.")
        var again = false
        @Flag(help: "Do it.")
        var execute = false

        func run() async throws {
            try CommandFailure.exiting {
                var filter = selection.filter
                filter.places = Set(records)
                let mended = try file.map(DeadLetterEntry.read)
                let outcome = try selection.archive().replay(
                    filter, mended: mended, again: again, executes: execute)
                print(DeadLetterReport.replay(outcome))
            }
        }
    }
}
