internal import BuiltinConnectors
package import Dataflow
internal import Foundation
internal import KafkaConnector
internal import PostgresConnector
package import SQL

/// A SQL file with everything that the configuration adds to it, compiled.
package struct Pipeline: Sendable {
    package let job: CompiledJob
    package let catalog: Catalog
    /// As it was written.
    package let text: String
    package let fileName: String
    /// Where the file is, from the root of the file system on; the file's name for a text without a file.
    package private(set) var path: String
    /// The job's name: configured, set by the file, or the file's own name.
    package let name: String
    /// What no text about the job may hold.
    package let secrets: SecretValues

    /// Compiles a file; no I/O but reading it.
    ///
    /// - Throws: `JobServiceError(.invalidInput)` whose message holds every error of the file.
    package init(
        path: String, configuration: ServiceConfiguration, environment: [String: String]
    ) throws(JobServiceError) {
        let data: Data
        do throws(BoundedFile.Failure) {
            data = try BoundedFile.read(path, limit: BoundedFile.maximumJobByteCount)
        } catch {
            let limit = BoundedFile.maximumJobByteCount
            throw JobServiceError(
                .invalidInput,
                error == .tooLarge ? "\(path) has more than \(limit) bytes: it is no SQL file" : "cannot read \(path)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw JobServiceError(.invalidInput, "\(path) is not UTF-8 text")
        }
        try self.init(
            text: text, fileName: (path as NSString).lastPathComponent, configuration: configuration,
            environment: environment)
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// - Parameter fileName: for messages, and for the job's name where nothing else names it.
    package init(
        text: String, fileName: String, configuration: ServiceConfiguration, environment: [String: String]
    ) throws(JobServiceError) {
        let catalog = try Self.catalog(configuration)
        let overrides = TableOverrides(
            overrides: configuration.tableOverrides, postgresURL: configuration.postgresURL,
            connectors: catalog.connectors)
        let compiler = SQLCompiler(
            catalog: catalog, environment: environment,
            optionOverrides: { overrides.options(of: $0, declared: $1) })
        do {
            job = try compiler.compile(text, fileName: fileName)
        } catch {
            throw JobServiceError(.invalidInput, "\(fileName) cannot be run:\n\n\(error)", cause: error)
        }
        let unused = overrides.unused(tables: job.tables.map(\.table.name))
        guard unused.isEmpty else {
            throw JobServiceError(
                .invalidInput, "the environment is wrong:\n" + unused.map { "  \($0)" }.joined(separator: "\n"))
        }
        var secrets = SecretValues(environment: environment).adding(configuration.secretOptions)
        for use in job.tables { secrets = secrets.adding(use.table.options) }
        self.secrets = secrets
        self.catalog = catalog
        self.text = text
        self.fileName = fileName
        path = fileName
        let stem = (fileName as NSString).deletingPathExtension
        name = configuration.jobName ?? job.settings.jobName.map(Self.asName) ?? Self.asName(stem)
    }

    /// The connectors of this service, with the defaults that the configuration gives them.
    package static func catalog(_ configuration: ServiceConfiguration) throws(JobServiceError) -> Catalog {
        let problems = KafkaConnector.problems(of: configuration.kafkaProperties).map { name, message in
            let variable =
                configuration.kafkaVariables[name]
                ?? "MILLRACE_KAFKA_" + name.uppercased().replacingOccurrences(of: ".", with: "_")
            return ConfigurationProblem(variable: variable, message: "the property \(name): \(message)")
        }
        guard problems.isEmpty else {
            throw JobServiceError(
                .invalidInput, "the environment is wrong:\n" + problems.map { "  \($0)" }.joined(separator: "\n"))
        }
        do {
            let kafka = try KafkaConnector(defaults: configuration.kafkaProperties)
            return Catalog([
                kafka, PostgresTables(), DatagenConnector(), PrintConnector(), BlackholeConnector(),
            ])
        } catch {
            throw JobServiceError(.invalidInput, "MILLRACE_KAFKA_...: \(error.message)", cause: error)
        }
    }

    /// The plan for people: operators, keys, state, watermarks, and how an epoch becomes final.
    package func explanation() -> String {
        secrets.redacted(job.explanation + "\n" + CommitExplanation.text(job))
    }

    /// What the living systems say against the job: topics, tables, rights. Blocks.
    package func onlineProblems() -> [String] {
        job.tables.flatMap { use -> [String] in
            guard let connector = catalog.connectors[use.table.options["connector"] ?? ""] else { return [] }
            let place = "table \(use.table.name): "
            return connector.onlineProblems(use.table, isSink: use.role.isWritten).map { problem in
                secrets.redacted(problem.message.hasPrefix(place) ? problem.message : place + problem.message)
            }
        }
    }

    /// Other characters become `-`, so that the name can be part of file names and group ids.
    private static func asName(_ text: String) -> String {
        let mapped = text.map { character in
            character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
                ? character : "-"
        }
        let name = String(mapped.prefix(100)).trimmingCharacters(in: CharacterSet(charactersIn: "-."))
        return name.isEmpty ? "job" : name
    }
}
