internal import Columnar

/// A value of a YAML file, with the place where it stands.
struct YAMLValue: Hashable, Sendable {
    /// A name and its value.
    struct Entry: Hashable, Sendable {
        var key: String
        var line: Int
        var value: YAMLValue
    }

    enum Content: Hashable, Sendable {
        /// `isPlain`: without quotation marks, so that it may mean a number, a truth value or null.
        case scalar(String, isPlain: Bool)
        case list([YAMLValue])
        /// In the order of the file, each key once.
        case map([Entry])
    }

    var content: Content
    /// From 1 on.
    var line: Int

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a plain value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// Whether it is left empty, or says null.
    var isNull: Bool {
        guard case .scalar(let text, true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of a scalar that is not null.
    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    /// `true` or `false` without quotation marks.
    var flag: Bool? {
        guard case .scalar(let text, true) = content else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }
}

extension YAMLValue {
    /// The value as JSON, by YAML 1.2's core schema: `no`, `on`, dates and times are text, and so is what has leading zeros.
    var json: String {
        switch content {
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .map(let entries):
            "{" + entries.map { "\(JSONText.quoted($0.key)):\($0.value.json)" }.joined(separator: ",") + "}"
        case .scalar(let text, let isPlain):
            if isNull {
                "null"
            } else if let flag {
                flag ? "true" : "false"
            } else {
                (isPlain ? Self.number(text) : nil) ?? JSONText.quoted(text)
            }
        }
    }

    /// A number as JSON writes it, its digits kept; nil for what is no number.
    private static func number(_ text: String) -> String? {
        guard text.utf8.count <= 400 else { return nil }
        guard let match = text.wholeMatch(of: /([-+]?)([0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?/) else { return nil }
        let (sign, whole, fraction, exponent) = (match.1, match.2, match.3 ?? "", match.4 ?? "")
        guard !whole.isEmpty || fraction.count > 1 else { return nil }
        if whole.count > 1 && whole.hasPrefix("0") { return nil }
        let digits = fraction.count == 1 ? "" : fraction
        return (sign == "-" ? "-" : "") + (whole.isEmpty ? "0" : whole) + digits + exponent
    }
}
