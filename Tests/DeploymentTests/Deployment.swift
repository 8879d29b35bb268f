import Foundation
import JobService
import Testing

/// The variables and the SQL that a deployment gives to the program.
struct Deployment {
    /// As the image and the deployment set them together.
    var environment: [String: String]
    /// What the files hold that variables named `..._FILE` name, by path.
    var files: [String: String] = [:]
    var sql: String
    var fileName: String

    /// The configuration that the program makes of them: a variable that it does not know is an error.
    func configuration() throws -> ServiceConfiguration {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var environment = environment
        for (name, path) in environment where name.hasPrefix("MILLRACE_") && name.hasSuffix("_FILE") {
            let content = try #require(files[path], "\(name) names \(path), which nothing is mounted at")
            let file = folder.appendingPathComponent(name)
            try Data(content.utf8).write(to: file)
            environment[name] = file.path
        }
        return try ServiceConfiguration(environment: environment, workingDirectory: "/var/lib/millrace")
    }

    /// What `millrace validate` does.
    func pipeline() throws -> Pipeline {
        try Pipeline(text: sql, fileName: fileName, configuration: configuration(), environment: environment)
    }
}

extension String {
    /// `40s`, `2min` as milliseconds.
    var milliseconds: Int {
        get throws {
            let units = ["ms": 1, "s": 1000, "min": 60_000, "m": 60_000, "h": 3_600_000]
            let digits = prefix(while: \.isNumber)
            return try #require(Int(digits)) * #require(units[String(dropFirst(digits.count))])
        }
    }
}
