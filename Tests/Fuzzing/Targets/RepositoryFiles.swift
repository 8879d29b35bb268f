import Foundation

/// Files of the repository that serve as seeds.
package enum RepositoryFiles {
    private static let root = String(
        #filePath.dropLast("Tests/Fuzzing/Targets/RepositoryFiles.swift".count))

    /// The contents of the files of a folder whose names end in `suffix`, by name.
    package static func read(_ folder: String, suffix: String = "") -> [[UInt8]] {
        named(folder, suffix: suffix).map(\.bytes)
    }

    /// The same with their names.
    package static func named(_ folder: String, suffix: String = "") -> [(
        name: String, bytes: [UInt8]
    )] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + folder)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(root)\(folder)/\(name)").map { (name, Array($0)) }
        }
    }
}
