internal import Columnar
internal import Dataflow
internal import Foundation
internal import JobService
internal import KafkaConnector

/// `millrace test`: runs pipelines on the rows of test files, without brokers, databases and network, and compares what comes out.
package struct PipelineTest {
    package struct Options: Sendable {
        /// Run only cases whose name holds this text, letter case aside; nil for all.
        package var filter: String?
        /// The process's own variables, those of Millrace left out: what a case gives does not depend on who runs it.
        package var environment: [String: String] = [:]

        package init() {}
    }

    /// What stands in for addresses that nobody connects to.
    private static let addresses = [
        "MILLRACE_KAFKA_BOOTSTRAP_SERVERS": "localhost:9092", "MILLRACE_POSTGRES_URL": "postgres://localhost/test",
    ]
    private static let suffixes = [".test.yaml", ".test.yml"]

    private let options: Options

    package init(_ options: Options) {
        self.options = options
    }

    /// Runs the files in their order; of a folder every `*.test.yaml` in it. Blocks.
    package func run(_ paths: [String]) -> TestReport {
        TestReport(
            files: paths.flatMap { files(in: $0) }.map { path in
                do {
                    return TestReport.File(path: path, cases: try run(path))
                } catch {
                    return TestReport.File(path: path, cases: [], error: "\(error)")
                }
            })
    }

    private func files(in path: String) -> [String] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return [path]
        }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let found = names.filter { name in Self.suffixes.contains { name.hasSuffix($0) } }.sorted()
        let prefix = path.hasSuffix("/") ? path : path + "/"
        // A folder without tests is most likely the wrong one.
        return found.isEmpty ? [path] : found.map { prefix + $0 }
    }

    private func run(_ path: String) throws -> [TestReport.Case] {
        let reader = TestFileReader(try Self.text(path), name: path)
        guard reader.problems.isEmpty else { throw PipelineTestError(reader.problems, file: path) }
        let file = reader.file
        let pipeline = try compile(file, path)
        guard let kafka = pipeline.catalog.connectors["kafka"] as? KafkaConnector else {
            throw PipelineTestError(.internal, "there is no connector for Kafka")
        }
        let tables = try PipelineTables(pipeline, kafka)
        var planner = CasePlanner(tables)
        let cases = try file.cases.map { try planner.plan($0) }
        guard planner.problems.isEmpty else {
            // What all cases share is wrong in each of them.
            var seen = Set<Problem>()
            throw PipelineTestError(planner.problems.filter { seen.insert($0).inserted }, file: path)
        }
        let chosen = cases.filter { test in
            options.filter.map { test.name.range(of: $0, options: .caseInsensitive) != nil } ?? true
        }
        return try chosen.map { test in
            TestReport.Case(try CaseRun(test, pipeline, tables, kafka).run(), of: test)
        }
    }

    private func compile(_ file: TestFile, _ path: String) throws -> Pipeline {
        let folder = (path as NSString).deletingLastPathComponent
        let sql = file.pipeline.hasPrefix("/") || folder.isEmpty ? file.pipeline : folder + "/" + file.pipeline
        let own = options.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        let environment = own.merging(Self.addresses) { $1 }.merging(file.environment) { $1 }
        let configuration = try ServiceConfiguration(
            environment: environment, workingDirectory: FileManager.default.currentDirectoryPath)
        return try Pipeline(path: sql, configuration: configuration, environment: environment)
    }

    private static func text(_ path: String) throws -> String {
        let data: Data
        do throws(BoundedFile.Failure) {
            data = try BoundedFile.read(path, limit: BoundedFile.maximumJobByteCount)
        } catch {
            let limit = BoundedFile.maximumJobByteCount
            throw PipelineTestError(
                .user, error == .tooLarge ? "\(path) has more than \(limit) bytes" : "cannot read \(path)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw PipelineTestError(.user, "\(path) is not UTF-8 text")
        }
        return text
    }
}
