import Execution
import Foundation
import HTTPService
import JobService
import Testing
import Yams

/// What operators read is complete, and speaks of things that exist.
struct ArticleTests {
    private static let names = [
        "Testing", "ReplayAndAudit", "DeadLetters", "Broker", "Runbook", "Surroundings", "Logs", "Metrics", "Upgrading",
        "Backup", "Security", "JobService",
    ]

    private static func article(_ name: String) throws -> String {
        try Repository.text("Sources/JobService/JobService.docc/\(name).md")
    }

    /// The sections of the runbook under a heading of the second level.
    private func sections(under heading: String) throws -> [String] {
        var names: [String] = []
        var isInside = false
        for line in try Self.article("Runbook").split(separator: "\n") {
            if line.hasPrefix("## ") { isInside = line == "## \(heading)" }
            if isInside, line.hasPrefix("### ") { names.append(String(line.dropFirst(4))) }
        }
        return names
    }

    @Test func everyArticleIsATopicOfTheRoot() throws {
        let folder = Repository.root.appendingPathComponent("Sources/JobService/JobService.docc").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { $0.dropLast(".md".count) }
        let topics = try Self.article("JobService").matches(of: /- <doc:([A-Za-z]+)>/).map(\.1)
        #expect(Set(files) == Set(topics + ["JobService"]) && Set(topics).count == topics.count)
        // Configuration is made from the code, and looked at by a test of its own.
        #expect(Set(Self.names) == Set(files.map(String.init)).subtracting(["Configuration"]))
    }

    @Test func everyAlertHasASection() throws {
        let groups = try Repository.document("docker/monitoring/alerts.yaml").require("groups").items
        let alerts = groups.flatMap { $0["rules"]?.items ?? [] }.compactMap { $0["alert"]?.string }
        #expect(try sections(under: "Alerts") == alerts)
    }

    @Test func everyRefusalHasASectionThatItsMessageNames() throws {
        #expect(try sections(under: "Refusals") == Refusal.Code.allCases.map(\.rawValue))
        for code in Refusal.Code.allCases {
            let text = Refusal(code, found: "something", choices: [3]).description
            #expect(
                text.hasPrefix("refusing to start: something") && text.hasSuffix("[\(code.rawValue) in the runbook]"))
        }
    }

    @Test func everyExitStatusHasASection() throws {
        let statuses = [0] + JobServiceError.ExitStatus.allCases.map(\.rawValue)
        #expect(try sections(under: "Exit statuses") == statuses.sorted().map { "Exit status \($0)" })
    }

    @Test func theREADMEsLinksLeadToArticles() throws {
        let links = try Repository.text("README.md").matches(of: /\]\(((?:Sources|docker)[^)]*)\)/).map { String($0.1) }
        #expect(links.count > 8)
        for link in links { #expect(Repository.exists(link), "\(link)") }
    }

    @Test func theREADMENamesEveryExitStatus() throws {
        let words = try Repository.text("README.md").replacing("`", with: "'").split { $0.isWhitespace }
        #expect(words.joined(separator: " ").contains("Exit status: \(JobServiceError.ExitStatus.summary)."))
    }

    @Test(arguments: names)
    func variablesExist(name: String) throws {
        let known = Set(ConfigurationKey.all.map(\.variable))
        for match in try Self.article(name).matches(of: /MILLRACE_[A-Z_<>]+/) {
            var variable = String(match.0)
            if variable.hasSuffix("_FILE") { variable.removeLast("_FILE".count) }
            let isOfFamily = variable.hasPrefix("MILLRACE_KAFKA_") || variable.hasPrefix("MILLRACE_TABLE_<TABLE>_")
            #expect(isOfFamily || known.contains(variable), "\(name): \(variable)")
        }
    }

    @Test(arguments: names)
    func metricsExist(name: String) throws {
        var known: Set<String> = []
        for metric in MetricDefinition.all { known.formUnion([metric.name, metric.name + "_total"]) }
        for match in try Self.article(name).matches(of: /\b(?:millrace|process)_[a-z_]+/) {
            #expect(known.contains(String(match.0)), "\(name): \(match.0)")
        }
    }

    @Test(arguments: names)
    func optionsAndSettingsExist(name: String) throws {
        let reference = try ConfigurationReference.article()
        for match in try Self.article(name).matches(of: /'((?:scan|sink|lookup|millrace)\.[a-z.-]+)'/) {
            #expect(reference.contains("`\(match.1)`"), "\(name): \(match.1)")
        }
    }

    /// Subcommands and options, by the sources of the commands.
    @Test(arguments: names)
    func commandsExist(name: String) throws {
        let folder = Repository.root.appendingPathComponent("Sources/CLI").path
        var sources = ""
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            sources += try Repository.text("Sources/CLI/" + file)
        }
        for match in try Self.article(name).matches(of: /\bmillrace ((?:[a-z]+ )*[a-z]+)([^`\n]*)/) {
            let subcommand = match.1.split(separator: " ")[0]
            // The name of the container stands before that of the program.
            if subcommand == "millrace" { continue }
            let isKnown =
                sources.contains("commandName: \"\(subcommand)\"")
                || sources.contains("struct \(subcommand.capitalized): AsyncParsableCommand")
            #expect(isKnown, "\(name): \(match.0)")
            for option in match.2.matches(of: /--([a-z-]+)/) where option.1 != "help" {
                let words = option.1.split(separator: "-").map(String.init)
                let property = words[0] + words.dropFirst().map(\.capitalized).joined()
                #expect(sources.contains("var \(property)"), "\(name): \(match.0)")
            }
        }
    }

    @Test(arguments: names)
    func linksLeadToArticles(name: String) throws {
        for match in try Self.article(name).matches(of: /<doc:([A-Za-z]+)>/) {
            #expect(Repository.exists("Sources/JobService/JobService.docc/\(match.1).md"), "\(name): \(match.1)")
        }
    }

    @Test(arguments: names)
    func pathsOfTheServiceExist(name: String) throws {
        let api = try Repository.text("Sources/HTTPService/Web/openapi.json")
        for match in try Self.article(name).matches(of: /localhost:8081(\/[a-z0-9\/-]+)/) {
            #expect(api.contains("\"\(match.1)\""), "\(name): \(match.1)")
        }
    }

    @Test(arguments: names)
    func filesExist(name: String) throws {
        for match in try Self.article(name).matches(of: /`((?:docker|Sources)\/[A-Za-z0-9.\/-]+)`/) {
            #expect(Repository.exists(String(match.1)), "\(name): \(match.1)")
        }
    }
}
