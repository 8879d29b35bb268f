internal import Columnar

/// Takes options one by one and complains about what is left.
struct OptionReader {
    private let format: String
    private var remaining: [String: String]
    private var known: [String] = []

    init(format: String, options: [String: String]) {
        self.format = format
        remaining = options
    }

    mutating func text(_ name: String) -> String? {
        known.append(name)
        return remaining.removeValue(forKey: name)
    }

    mutating func flag(_ name: String, default value: Bool) throws(FormatsError) -> Bool {
        guard let text = text(name) else { return value }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw FormatsError(
                .invalidOptionValue, "'\(format).\(name)' = '\(text)': allowed are 'true' and 'false'")
        }
    }

    /// One of several values, letter case ignored.
    mutating func choice<Value>(
        _ name: String, default value: Value, _ choices: KeyValuePairs<String, Value>
    ) throws(FormatsError) -> Value {
        guard let text = text(name) else { return value }
        for (choice, value) in choices where choice.lowercased() == text.lowercased() { return value }
        let allowed = choices.map { "'\($0.key)'" }.joined(separator: ", ")
        throw FormatsError(.invalidOptionValue, "'\(format).\(name)' = '\(text)': allowed are \(allowed)")
    }

    /// Fails if an option was given that nobody asked for.
    func finish() throws(FormatsError) {
        guard let unknown = remaining.keys.min() else { return }
        let hint = NearestName.hint("\(format).\(unknown)", in: known.map { "\(format).\($0)" })
        throw FormatsError(.unknownOption, "unknown option '\(format).\(unknown)'\(hint)")
    }
}
