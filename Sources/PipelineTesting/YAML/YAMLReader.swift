internal import Yams

/// Reads YAML text into values that know their lines.
enum YAMLReader {
    /// Values of a file with all that its anchors repeat.
    static let maximumValueCount = 1_000_000
    static let maximumDepth = 100

    /// What is wrong with a text as YAML.
    struct Failure: Error {
        var line: Int?
        var message: String
    }

    /// - Returns: the document; nil for an empty one.
    static func read(_ text: String) throws(Failure) -> YAMLValue? {
        let node: Node?
        do {
            node = try compose(yaml: text)
        } catch let error as YamlError {
            throw failure(error)
        } catch {
            throw Failure(line: nil, message: "\(error)")
        }
        guard let node else { return nil }
        var count = 0
        return try value(node, depth: 0, &count)
    }

    private static func value(_ node: Node, depth: Int, _ count: inout Int) throws(Failure) -> YAMLValue {
        let line = node.mark?.line ?? 1
        count += 1
        guard count <= maximumValueCount else {
            throw Failure(line: line, message: "the file has more than \(maximumValueCount) values")
        }
        guard depth <= maximumDepth else {
            throw Failure(line: line, message: "nested deeper than \(maximumDepth) levels")
        }
        switch node {
        case .scalar(let scalar):
            return YAMLValue(content: .scalar(scalar.string, isPlain: scalar.style == .plain), line: line)
        case .sequence(let sequence):
            var items: [YAMLValue] = []
            for item in sequence { items.append(try value(item, depth: depth + 1, &count)) }
            return YAMLValue(content: .list(items), line: line)
        case .mapping(let mapping):
            return YAMLValue(content: .map(try entries(mapping, depth: depth, &count)), line: line)
        case .alias:
            throw Failure(line: line, message: "an alias that cannot be followed")
        }
    }

    /// The entries of a map, those that `<<` merges into it after its own.
    private static func entries(
        _ mapping: Node.Mapping, depth: Int, _ count: inout Int
    ) throws(Failure) -> [YAMLValue.Entry] {
        var own: [YAMLValue.Entry] = []
        var merged: [YAMLValue.Entry] = []
        for (key, node) in mapping {
            let line = key.mark?.line ?? 1
            guard case .scalar(let name) = key else {
                throw Failure(line: line, message: "a key must be a name")
            }
            let value = try value(node, depth: depth + 1, &count)
            guard name.string == "<<" && name.style == .plain else {
                own.append(YAMLValue.Entry(key: name.string, line: line, value: value))
                continue
            }
            switch value.content {
            case .map(let entries): merged += entries
            case .list(let maps):
                for case .map(let entries) in maps.map(\.content) { merged += entries }
            case .scalar: throw Failure(line: line, message: "'<<' takes a map, or a list of maps")
            }
        }
        var known = Set(own.map(\.key))
        return own + merged.filter { known.insert($0.key).inserted }
    }

    private static func failure(_ error: YamlError) -> Failure {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { ", \($0.text) in line \($0.mark.line)" } ?? ""
            return Failure(line: mark.line, message: "this is not YAML: \(problem)\(place)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return Failure(line: context.mark.line, message: "\(names) stands there twice")
        default:
            return Failure(line: nil, message: "this is not YAML: \(error)")
        }
    }
}
