import Foundation
import Testing
import Yams

/// docker/monitoring/alerts.yaml fires at what it is for, and at nothing else.
struct AlertTests {
    private let alerts: [String]
    /// What docker/monitoring/alerts.test.yaml says of each alert: by name, how often it fires and how often it does not.
    private var expectations: [String: (fires: Int, isSilent: Int)] = [:]

    init() throws {
        let groups = try Repository.document("docker/monitoring/alerts.yaml").require("groups").items
        alerts = groups.flatMap { $0["rules"]?.items ?? [] }.compactMap { $0["alert"]?.string }
        let tests = try Repository.document("docker/monitoring/alerts.test.yaml").require("tests").items
        for test in tests.flatMap({ $0["alert_rule_test"]?.items ?? [] }) {
            let name = try #require(test["alertname"]?.string)
            let count = try test.require("exp_alerts").items.count
            var known = expectations[name] ?? (0, 0)
            if count > 0 { known.fires += 1 } else { known.isSilent += 1 }
            expectations[name] = known
        }
    }

    /// An alert that is not there never fires, and its silence proves nothing.
    @Test func eachIsSeenToFireAndToBeSilent() {
        #expect(Set(alerts) == Set(expectations.keys))
        for (name, seen) in expectations { #expect(seen.fires > 0 && seen.isSilent > 0, "\(name): \(seen)") }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
    func theyFireAtWhatTheyAreFor() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = [
            "test", "rules", Repository.root.appendingPathComponent("docker/monitoring/alerts.test.yaml").path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
    }

    /// Rules that Prometheus itself evaluates ask for a scrape job by its name: that of the compose file.
    @Test func theScrapeJobIsTheOneThatIsAskedFor() throws {
        let names = try Repository.document("docker/monitoring/prometheus.yaml").require("scrape_configs").items
            .compactMap { $0["job_name"]?.string }
        let rules = try Repository.text("docker/monitoring/alerts.yaml")
        let asked = rules.matches(of: /up\{job="([^"]+)"\}/).map { String($0.1) }
        #expect(!asked.isEmpty && Set(asked) == Set(names))
    }
}
