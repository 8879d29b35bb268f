/// The topics of a table.
enum TopicSelection: Sendable, Hashable {
    case names([String])
    case pattern(TopicPattern)

    /// The one topic of a sink.
    var single: String? {
        if case .names(let names) = self, names.count == 1 { return names[0] }
        return nil
    }
}

/// A regular expression that whole topic names are matched with.
struct TopicPattern: Sendable, Hashable {
    let text: String

    /// Nil when `text` is not a regular expression.
    init?(_ text: String) {
        guard (try? Regex(text)) != nil else { return nil }
        self.text = text
    }

    /// Those of `names` that match, sorted.
    func matches(in names: some Sequence<String>) -> [String] {
        guard let regex = try? Regex(text) else { return [] }
        return names.filter { $0.wholeMatch(of: regex) != nil }.sorted()
    }
}
