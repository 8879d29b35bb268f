import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A SQL file of `Queries/` with the output that is expected of it, `<name>.out` beside it.
struct QueryFile: CustomTestStringConvertible, Sendable {
    let path: String
    let text: String

    var testDescription: String { String(path.split(separator: "/").suffix(2).joined(separator: "/")) }
    /// The name that messages give.
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// All SQL files of one folder of `Queries/`, by name.
    static func all(in folder: String) -> [QueryFile] {
        let root = String(#filePath.dropLast("QueryFile.swift".count)) + "Queries/\(folder)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { $0.hasSuffix(".sql") }.sorted().compactMap { name in
            let path = "\(root)/\(name)"
            guard let data = FileManager.default.contents(atPath: path) else { return nil }
            return QueryFile(path: path, text: String(decoding: data, as: UTF8.self))
        }
    }

    /// Compares `output` with the expected file; with `UPDATE_EXPECTED=1` in the environment it writes the file
    /// instead.
    func expect(_ output: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expectedPath = path.replacing(".sql", with: ".out")
        if ProcessInfo.processInfo.environment["UPDATE_EXPECTED"] == "1" {
            try Data((output + "\n").utf8).write(to: URL(filePath: expectedPath))
            return
        }
        let data = try #require(
            FileManager.default.contents(atPath: expectedPath), "no \(expectedPath)", sourceLocation: sourceLocation)
        let expected = String(decoding: data, as: UTF8.self)
        #expect(output + "\n" == expected, sourceLocation: sourceLocation)
    }
}
