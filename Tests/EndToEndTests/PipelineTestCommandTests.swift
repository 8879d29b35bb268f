import Foundation
import Testing

/// `millrace init` and `millrace test` as a user types them.
@Suite(.sideBySide, .timeLimit(.minutes(10)))
struct PipelineTestCommandTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func aFolderToStartFromPassesItsTests() throws {
        try withFolder { folder in
            for example in ["filter", "ratings-before-plays", "enrichment", "mirror"] {
                let target = "\(folder)/\(example)"
                let made = try ServiceProcess.run(["init", "--example", example, target])
                #expect(made.status == 0, "\(made.output)")
                let validated = try ServiceProcess.run(
                    ["validate", "\(target)/pipeline.sql"],
                    environment: [
                        "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
                        "MILLRACE_POSTGRES_URL": "postgres://u@127.0.0.1:1/d",
                    ])
                #expect(validated.status == 0, "\(validated.output)")
            }
            let tested = try ServiceProcess.run(["test", folder])
            #expect(tested.status == 0, "\(tested.output)")
            #expect(tested.output.contains(" 0 failed"))
            let again = try ServiceProcess.run(["init", "\(folder)/filter"])
            #expect(again.status == 2, "\(again.output)")
            #expect(again.output.contains("--force"))
            let forced = try ServiceProcess.run(["init", "--force", "\(folder)/filter"])
            #expect(forced.status == 0, "\(forced.output)")
        }
    }

    @Test func failuresAreShownAndTold() throws {
        try withFolder { folder in
            _ = try ServiceProcess.run(["init", folder])
            let file = "\(folder)/pipeline.test.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacingOccurrences(of: "country: FR", with: "country: fr")
                .write(toFile: file, atomically: true, encoding: .utf8)
            // What the shell says about the real systems has no say in a test.
            let environment = ["MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "", "MILLRACE_TABLE_NONE_TOPIC": "x"]
            let failed = try ServiceProcess.run(
                ["test", file, "--junit", "\(folder)/junit.xml"], environment: environment)
            #expect(failed.status == 1, "\(failed.output)")
            #expect(failed.output.contains("country: expected \"fr\", got \"FR\""), "\(failed.output)")
            #expect(failed.output.contains("3 cases: 2 passed, 1 failed"), "\(failed.output)")
            #expect(try String(contentsOfFile: "\(folder)/junit.xml", encoding: .utf8).contains("failures=\"1\""))
            let filtered = try ServiceProcess.run(["test", file, "--filter", "put aside", "--json"])
            #expect(filtered.status == 0, "\(filtered.output)")
            let document = try JSONSerialization.jsonObject(with: Data(filtered.output.utf8)) as? [String: Any]
            #expect((document?["files"] as? [[String: Any]])?.count == 1)
            let none = try ServiceProcess.run(["test", file, "--filter", "nothing like it"])
            #expect(none.status == 2, "\(none.output)")
        }
    }

    @Test func aWrongFileEndsWithStatus2AndItsLine() throws {
        try withFolder { folder in
            _ = try ServiceProcess.run(["init", folder])
            let file = "\(folder)/wrong.test.yaml"
            try "pipeline: pipeline.sql\ncases:\n  - name: a\n    expekt: {}\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let result = try ServiceProcess.run(["test", file])
            #expect(result.status == 2, "\(result.output)")
            #expect(result.output.contains("wrong.test.yaml:4: there is no key 'expekt' here"), "\(result.output)")
        }
    }
}
