import Foundation
import Testing
import Yams

/// Files of this repository, as they are shipped.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The documents of a file; keys that stand there twice are an error.
    static func documents(_ path: String) throws -> [Node] {
        let sequence = try compose_all(yaml: text(path))
        let documents = Array(sequence)
        if let error = sequence.error { throw error }
        return documents
    }

    /// The only document of a file.
    static func document(_ path: String) throws -> Node {
        let documents = try documents(path)
        try #require(documents.count == 1, "\(path) has \(documents.count) documents")
        return documents[0]
    }
}

extension Node {
    /// What stands at the end of a way through mappings: `spec.template.metadata`.
    func at(_ path: String) -> Node? {
        path.split(separator: ".").reduce(self as Node?) { node, key in node?[String(key)] }
    }

    func require(_ path: String) throws -> Node {
        try #require(at(path), "\(path) is missing")
    }

    var isNull: Bool { null != nil }

    /// Keys and values of a mapping of scalars; those without a value left out.
    var texts: [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in mapping ?? [:] where !value.isNull {
            if let name = key.string { texts[name] = value.string }
        }
        return texts
    }

    var keys: [String] { (mapping ?? [:]).compactMap { $0.key.string } }
    var items: [Node] { sequence.map(Array.init) ?? [] }
    var strings: [String] { items.compactMap(\.string) }

    /// The item of a sequence whose `name` is this.
    func item(_ name: String) throws -> Node {
        try #require(items.first { $0["name"]?.string == name }, "there is no item '\(name)'")
    }
}
