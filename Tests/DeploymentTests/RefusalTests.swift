import Foundation
import Testing

/// The runbook's section on refusals of sources and state quotes what the code says, and leaves none of it out.
struct RefusalTests {
    /// Targets whose errors of these codes end a job with status 3.
    private static let targets = ["Execution", "KafkaConnector", "PostgresConnector", "BuiltinConnectors"]
    private static let codes = [
        "refused", "restoreFailed", "logChanged", "offsetOutOfRange", "lineageMismatch", "redoUnreadable",
    ]

    /// What the section quotes: *"..."*.
    private func quotes() throws -> [String] {
        let text = try Repository.text("Sources/JobService/JobService.docc/Runbook.md")
        let section = try #require(
            text.components(separatedBy: "## Refusals of sources and state\n").last?.components(separatedBy: "\n## ")
                .first)
        let words = section.split { $0.isWhitespace }.joined(separator: " ")
        return words.matches(of: /\*"(.+?)"\*/).map { String($0.1) }
    }

    /// The messages of errors that are made with one of the codes, what is put into them left out.
    private func messages() throws -> [String] {
        var messages: [String] = []
        // `...Error(.code, "text" + "text"`.
        let construction =
            #/
            Error \( \s* \. ([a-zA-Z]+) , \s*
            ( "(?:[^"\\]|\\.)*" (?: \s* \+ \s* "(?:[^"\\]|\\.)*" )* )
            /#
        let sources = Repository.root.appendingPathComponent("Sources")
        for target in Self.targets {
            let folder = sources.appendingPathComponent(target).path
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix(".swift") {
                let text = try Repository.text("Sources/\(target)/\(name)")
                for match in text.matches(of: construction) where Self.codes.contains(String(match.1)) {
                    let literals = match.2.matches(of: /"((?:[^"\\]|\\.)*)"/).map { String($0.1) }
                    messages.append(literals.joined().replacing(/\\\([^)]*\)/, with: "..."))
                }
            }
        }
        return messages
    }

    @Test func everyQuoteIsOfTheCode() throws {
        let messages = try messages()
        let quotes = try quotes()
        #expect(quotes.count > 10)
        for quote in quotes { #expect(messages.contains { $0.contains(quote) }, "no refusal says '\(quote)'") }
    }

    @Test func everyRefusalIsQuoted() throws {
        let quotes = try quotes()
        let messages = try messages()
        #expect(messages.count > 12)
        for message in messages {
            #expect(quotes.contains { message.contains($0) }, "the runbook does not know '\(message)'")
        }
    }
}
