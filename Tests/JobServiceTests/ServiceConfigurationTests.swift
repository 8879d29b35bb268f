import Foundation
import JobService
import Testing

struct ServiceConfigurationTests {
    private func read(_ environment: [String: String]) throws -> ServiceConfiguration {
        try ServiceConfiguration(environment: environment, workingDirectory: "/srv")
    }

    @Test func defaultsNeedNoVariable() throws {
        let configuration = try read(["PATH": "/bin", "MILLRACE_TEST_BOOTSTRAP_SERVERS": "x"])
        #expect(configuration.checkpointURI == "file:///srv/.millrace/checkpoints")
        #expect(configuration.parallelism == nil)
        #expect(configuration.logFormat == .text)
    }

    @Test func kafkaPropertiesAreSpelledWithUnderscores() throws {
        let configuration = try read([
            "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "a:1", "MILLRACE_KAFKA_SECURITY_PROTOCOL": "SSL",
        ])
        #expect(configuration.kafkaProperties == ["bootstrap.servers": "a:1", "security.protocol": "SSL"])
    }

    @Test(arguments: [
        ("250ms", 250), ("2 s", 2000), ("1min", 60_000), ("100", 100),
    ])
    func intervalsHaveUnits(text: String, milliseconds: Int) throws {
        #expect(try read(["MILLRACE_CHECKPOINT_INTERVAL": text]).checkpointIntervalMilliseconds == milliseconds)
    }

    @Test func everyMistakeIsNamedAtOnce() {
        #expect {
            _ = try read([
                "MILLRACE_PARALELISM": "2", "MILLRACE_PARALLELISM": "zero",
                "MILLRACE_CHECKPOINT_INTERVAL": "1 fortnight",
                "MILLRACE_LOG_LEVEL": "loud", "MILLRACE_POSTGRES_URL_FILE": "/does/not/exist",
            ])
        } throws: { error in
            let text = "\(error)"
            return text.contains("did you mean 'MILLRACE_PARALLELISM'") && text.contains("'zero'")
                && text.contains("fortnight") && text.contains("loud") && text.contains("MILLRACE_POSTGRES_URL_FILE")
                && (error as? JobServiceError)?.status == .invalidInput
        }
    }

    /// The README has those that every job needs, in the words of the code.
    @Test func theReadmesVariablesAreThoseOfTheTable() throws {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let known = Set(ServiceConfiguration.documentation().split(separator: "\n"))
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `MILLRACE_") }
        #expect(rows.count > 5)
        for row in rows { #expect(known.contains(row), "`millrace config --reference` does not print this: \(row)") }
    }

    @Test func secretsComeFromFilesAndAreNeverPrinted() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("postgres://u:canary@h/d\n".utf8).write(to: file)
        let configuration = try read([
            "MILLRACE_POSTGRES_URL_FILE": file.path, "MILLRACE_KAFKA_SASL_PASSWORD": "canary",
            "MILLRACE_TABLE_PLAYS_PASSWORD": "canary",
        ])
        #expect(configuration.postgresURL == "postgres://u:canary@h/d")
        #expect(!configuration.report().contains("canary"))
        #expect(configuration.report().contains("MILLRACE_KAFKA_SASL_PASSWORD"))
    }

    @Test func failpointsExistInTestBuildsOnly() throws {
        let environment = ["MILLRACE_FAILPOINTS": "beforeFence=kill", "MILLRACE_FAILPOINTS_LOG": "/nowhere"]
        #if FAILPOINTS
            _ = try read(environment)
            #expect {
                _ = try read(["MILLRACE_FAILPOINTS": "beforeFence=explode"])
            } throws: {
                "\($0)".contains("MILLRACE_FAILPOINTS: 'explode' is not an action of beforeFence; there are: kill")
            }
        #else
            #expect {
                _ = try read(environment)
            } throws: {
                "\($0)".contains("MILLRACE_FAILPOINTS: is not a variable of Millrace")
            }
        #endif
    }
}
