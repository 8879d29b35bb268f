import Dataflow
import SQL

/// Whatever stands in a file, the compiler answers with a job or with errors that point into the file, and what it
/// parsed can be printed and parsed again.
enum SQLFuzz {
    static let compiler = SQLCompiler(
        catalog: .front, environment: ["NAME": "it's", "TOPIC": "plays"])

    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let lineCount = text.utf8.reduce(1) { $1 == 0x0a ? $0 + 1 : $0 }
        for error in compiler.check(text, fileName: "job.sql") {
            try FuzzFinding.check(
                !error.message.isEmpty && !error.description.isEmpty, "an error without a message")
            try FuzzFinding.check(
                (1...lineCount).contains(error.location.line), "an error outside of the file: \(error)")
        }
        try roundTrip(text)
    }

    private static func roundTrip(_ text: String) throws {
        let first = parse(text)
        guard first.errors.isEmpty else { return }
        let printed = Self.text(first)
        // What is printed would be substituted again.
        if printed.contains("${") { return }
        let second = parse(printed)
        // The parentheses around operands nest deeper than the operators did.
        if let error = second.errors.first, error.message.hasPrefix("nested more than") { return }
        try FuzzFinding.check(
            second.errors.isEmpty, "\(second.errors) in what was printed:\n\(printed)")
        try FuzzFinding.check(
            Self.text(second) == printed, "printed differently: \(printed)\n\(Self.text(second))")
    }

    private static func parse(_ text: String) -> Parser.Result {
        Parser.parse(SourceText.substituting(text, fileName: "job.sql", environment: [:]).text)
    }

    private static func text(_ result: Parser.Result) -> String {
        result.statements.map { "\($0);" }.joined(separator: "\n")
    }

    static func seeds() -> [[UInt8]] {
        ["Plans", "Errors", "Syntax"].flatMap {
            RepositoryFiles.read("Tests/SQLTests/Queries/\($0)", suffix: ".sql")
        }
    }

    static let dictionary: [String] =
        Keyword.allCases.map(\.rawValue) + [
            "||", "<>", "<=", ">=", "!=", "/*+", "*/", "--", "${NAME}", "${X:-1}", "$${", "''", "``",
            "X'00'",
            "'connector' = 'kafka'", "'topic' = 't'", "FOR SYSTEM_TIME AS OF ",
            "PRIMARY KEY (a) NOT ENFORCED",
            "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND", "INTERVAL '5' SECOND", "TIMESTAMP_LTZ(3)",
            "DECIMAL(38, 10)", "METADATA FROM 'timestamp' VIRTUAL", "PROCTIME()",
            "ROW_NUMBER() OVER (PARTITION BY ",
            "UNION ALL", "LIKE", "EXCLUDING OPTIONS", "EXECUTE STATEMENT SET BEGIN",
            "9223372036854775808", "1e400",
            "\u{0}", "\u{feff}", "é", "😀",
        ]
}
