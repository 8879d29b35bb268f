import Yams

/// What may stand at a place of a YAML document: fields by their names, values by their types as YAML reads them. An unquoted number does
/// not pass for a text, nor a slip in a name for something that is ignored.
indirect enum Shape: Sendable {
    case text
    case number
    case flag
    /// Left to whoever reads the document.
    case nothing
    /// A text that matches as a whole.
    case pattern(String)
    case choice([String])
    case list(of: Shape)
    /// Any names with values of one shape.
    case map(of: Shape)
    case object([String: Shape], required: Set<String> = [])
    case either([Shape])

    /// - Returns: what does not fit, with its place.
    func problems(of node: Node, at path: String = "") -> [String] {
        let place = path.isEmpty ? "the document" : path
        switch self {
        case .text: return Self.isScalar(node, "str") ? [] : ["\(place) is no text"]
        case .number: return Self.isScalar(node, "int") ? [] : ["\(place) is no whole number"]
        case .flag: return Self.isScalar(node, "bool") ? [] : ["\(place) is neither true nor false"]
        case .nothing: return node.isNull ? [] : ["\(place) has a value"]
        case .pattern(let pattern):
            guard Self.isScalar(node, "str"), let text = node.string, let regex = try? Regex(pattern) else {
                return ["\(place) is no text"]
            }
            return text.wholeMatch(of: regex) == nil ? ["\(place): '\(text)' is not of the form \(pattern)"] : []
        case .choice(let words):
            return words.contains(node.string ?? "") ? [] : ["\(place) is none of \(words.joined(separator: ", "))"]
        case .list(let shape):
            guard node.sequence != nil else { return ["\(place) is no list"] }
            return node.items.enumerated().flatMap { shape.problems(of: $1, at: "\(path)[\($0)]") }
        case .map(let shape):
            return Self.members(node, place) { name, value in shape.problems(of: value, at: "\(path).\(name)") }
        case .object(let fields, let required):
            let missing = required.subtracting(node.keys).sorted().map { "\(place) lacks \($0)" }
            return missing
                + Self.members(node, place) { name, value in
                    fields[name]?.problems(of: value, at: "\(path).\(name)") ?? ["\(place) has no field '\(name)'"]
                }
        case .either(let shapes):
            let problems = shapes.map { $0.problems(of: node, at: path) }
            return problems.contains(where: \.isEmpty) ? [] : problems.first ?? []
        }
    }

    /// Whether YAML reads a value as of this type, quoted or not.
    private static func isScalar(_ node: Node, _ type: String) -> Bool {
        node.scalar != nil && "\(node.tag)" == "tag:yaml.org,2002:\(type)"
    }

    private static func members(
        _ node: Node, _ place: String, _ check: (String, Node) -> [String]
    ) -> [String] {
        guard let mapping = node.mapping else { return ["\(place) is no mapping"] }
        return mapping.flatMap { key, value in
            key.string.map { check($0, value) } ?? ["\(place) has a name that is no text"]
        }
    }
}
