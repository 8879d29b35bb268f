internal import Columnar
internal import Foundation
internal import JobService

/// `millrace init`: writes an example with what surrounds it.
package struct StarterDirectory {
    /// What happens to files that are there already.
    package enum Existing: Sendable {
        /// Nothing is written, and they are named.
        case refuse
        case replace
    }

    private let example: StarterExample

    package init(_ example: StarterExample) {
        self.example = example
    }

    /// The example of a name.
    package static func example(named name: String) throws(StarterError) -> StarterExample {
        let names = StarterExample.all.map(\.name)
        guard let found = StarterExample.all.first(where: { $0.name == name }) else {
            throw StarterError(
                .user,
                "there is no example '\(name)'\(NearestName.hint(name, in: names)); there are \(names.joined(separator: ", "))"
            )
        }
        return found
    }

    /// Writes the files, and makes the folder where it is missing.
    ///
    /// - Returns: the names of the files.
    package func write(to folder: String, existing: Existing) throws(StarterError) -> [String] {
        let files = files
        let path = { (name: String) in (folder as NSString).appendingPathComponent(name) }
        if existing == .refuse {
            let there = files.map(\.name).filter { FileManager.default.fileExists(atPath: path($0)) }
            guard there.isEmpty else {
                throw StarterError(
                    .user,
                    "\(folder) has \(there.joined(separator: ", ")) already, and nothing was written; choose another folder, or "
                        + "give --force to replace them")
            }
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in files {
                try Data(file.text.utf8).write(to: URL(fileURLWithPath: path(file.name)), options: .atomic)
            }
        } catch {
            throw StarterError(.external, "\(folder) cannot be written: \(error.localizedDescription)")
        }
        return files.map(\.name)
    }

    private var files: [(name: String, text: String)] {
        var files = [
            ("pipeline.sql", Self.text(example.sql)), ("pipeline.test.yaml", Self.text(example.test)),
            (".env", StarterVariables(jobName: example.name).text), ("compose.yaml", compose), ("README.md", readme),
        ]
        if let tables = example.tables { files.append(("tables.sql", Self.text(tables))) }
        return files
    }

    private var compose: String {
        let topics = example.topics.map { topic in
            "        create --topic \(topic.name) --partitions 4"
                + (topic.isCompacted ? " --config cleanup.policy=compact" : "")
        }
        let tables = "      - ./tables.sql:/docker-entrypoint-initdb.d/tables.sql:ro"
        return Self.filled(
            PackageResources.compose_yaml,
            [
                "TOPICS": topics.joined(separator: "\n") + "\n",
                "TABLES": example.tables == nil ? "" : tables + "\n",
            ])
    }

    private var readme: String {
        Self.filled(
            PackageResources.README_md,
            [
                "TITLE": example.title + "\n", "SUMMARY": example.summary + "\n",
                "TABLESROW": example.tables == nil ? "" : "| `tables.sql` | what the database has at first |\n",
                "PRODUCE": example.produce + "\n", "LOOK": example.look + "\n",
            ])
    }

    /// A template with its marks replaced, those of whole lines with the line's end.
    private static func filled(_ template: [UInt8], _ values: [String: String]) -> String {
        var text = text(template)
        for (mark, value) in values {
            text = text.replacingOccurrences(of: "@\(mark)@\n", with: value)
        }
        return text
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
