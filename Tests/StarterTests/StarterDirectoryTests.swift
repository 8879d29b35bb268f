import Foundation
import JobService
import PipelineTesting
import Starter
import Testing
import Yams

/// What `millrace init` writes can be validated, tested and parsed.
struct StarterDirectoryTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(arguments: StarterExample.all.map(\.name))
    func everyExampleIsValidAndPassesItsTests(name: String) throws {
        try withFolder { folder in
            let example = try StarterDirectory.example(named: name)
            let files = try StarterDirectory(example).write(to: folder, existing: .refuse)
            #expect(files.starts(with: ["pipeline.sql", "pipeline.test.yaml", ".env", "compose.yaml", "README.md"]))
            let variables = try Self.variables(folder + "/.env")
            let configuration = try ServiceConfiguration(environment: variables, workingDirectory: folder)
            let pipeline = try Pipeline(
                path: folder + "/pipeline.sql", configuration: configuration, environment: variables)
            #expect(pipeline.name == name)
            let report = PipelineTest(PipelineTest.Options()).run([folder])
            #expect(!report.hasErrors && report.failedCount == 0, "\(report.text)")
            #expect(report.cases.count >= 2)
        }
    }

    @Test(arguments: StarterExample.all.map(\.name))
    func theComposeFileHasTheServicesTopicsAndTables(name: String) throws {
        try withFolder { folder in
            let example = try StarterDirectory.example(named: name)
            let files = try StarterDirectory(example).write(to: folder, existing: .refuse)
            let text = try String(contentsOfFile: folder + "/compose.yaml", encoding: .utf8)
            let root = try #require(try Yams.compose(yaml: text)?.mapping)
            let services = try #require(root["services"]?.mapping)
            #expect(Set(services.keys.compactMap(\.string)) == ["kafka", "topics", "postgres", "millrace"])
            #expect(services["millrace"]?.mapping?["env_file"]?.string == ".env")
            let script = try #require(services["topics"]?.mapping?["command"]?.sequence?.first?.string)
            #expect(script.contains("create --topic "))
            let sql = try String(contentsOfFile: folder + "/pipeline.sql", encoding: .utf8)
            for topic in sql.matches(of: /'topic' = '([a-z_]+)'/) {
                #expect(script.contains("create --topic \(topic.1) "))
            }
            let mounts = services["postgres"]?.mapping?["volumes"]?.sequence?.compactMap(\.string) ?? []
            #expect(mounts.contains { $0.hasPrefix("./tables.sql:") } == files.contains("tables.sql"))
            for file in files where file != "compose.yaml" {
                let content = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
                #expect(!content.contains("@\n") && !content.hasPrefix("@"), "\(file): \(content)")
            }
            // What is left of the templates' marks would stand alone on its line.
            #expect(!text.split(separator: "\n").contains { $0.hasPrefix("@") })
        }
    }

    @Test func theVariablesAreAllOfThem() throws {
        try withFolder { folder in
            _ = try StarterDirectory(StarterExample.all[0]).write(to: folder, existing: .refuse)
            let text = try String(contentsOfFile: folder + "/.env", encoding: .utf8)
            for key in ConfigurationKey.all { #expect(text.contains("\(key.variable)=")) }
            #expect(try Self.variables(folder + "/.env").count == 3)
        }
    }

    @Test func nothingIsOverwrittenUnlessForced() throws {
        try withFolder { folder in
            let starter = StarterDirectory(StarterExample.all[0])
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "mine".write(toFile: folder + "/README.md", atomically: true, encoding: .utf8)
            let error = #expect(throws: StarterError.self) { try starter.write(to: folder, existing: .refuse) }
            #expect(error?.message.contains("README.md already") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["README.md"])
            _ = try starter.write(to: folder, existing: .replace)
            #expect(try String(contentsOfFile: folder + "/README.md", encoding: .utf8) != "mine")
        }
    }

    @Test func anUnknownExampleIsAnsweredWithTheKnownOnes() {
        let error = #expect(throws: StarterError.self) { try StarterDirectory.example(named: "enrichmnt") }
        #expect(error?.message.contains("did you mean 'enrichment'?") == true)
    }

    private static func variables(_ path: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#")
        {
            let parts = line.split(separator: "=", maxSplits: 1)
            result[String(parts[0])] = String(parts[1])
        }
        return result
    }
}
