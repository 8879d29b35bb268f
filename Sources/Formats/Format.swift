package import Columnar

/// A format that a table declares, with its options.
package enum Format: Hashable, Sendable {
    case json(JSONOptions)
    /// One STRING or BYTES column holds the whole payload.
    case raw

    package static let identifiers = ["json", "raw"]

    /// - Parameters:
    ///   - identifier: the value of `format`, `key.format` or `value.format`.
    ///   - options: names without `json.`, `key.json.` or `value.json.`; see `options(of:under:in:)`.
    package init(identifier: String, options: [String: String]) throws(FormatsError) {
        switch identifier {
        case "json":
            self = .json(try JSONOptions(options: options))
        case "raw":
            var reader = OptionReader(format: "raw", options: options)
            _ = try reader.choice("charset", default: 0, ["UTF-8": 0, "UTF8": 0])
            _ = try reader.choice("endianness", default: 0, ["big-endian": 0, "little-endian": 0])
            try reader.finish()
            self = .raw
        default:
            let known = Self.identifiers.joined(separator: ", ")
            let hint = NearestName.hint(identifier, in: Self.identifiers)
            throw FormatsError(.unknownFormat, "unknown format '\(identifier)'; known are \(known)\(hint)")
        }
    }

    /// The prefix of a format's options in a table's WITH clause, as Flink forms it.
    ///
    /// - Parameters:
    ///   - option: the name of the option that chose the format: `format`, `key.format` or `value.format`.
    ///   - identifier: its value.
    package static func optionPrefix(of option: String, identifier: String) -> String {
        guard option.hasSuffix("format") else { return "\(identifier)." }
        return option.dropLast("format".count) + "\(identifier)."
    }

    /// What decodes records into `fields`. One decoder is used by one thread.
    package func makeDecoder(fields: [ScanField]) throws(FormatsError) -> any RowDecoder {
        switch self {
        case .json(let options): try JSONScanner(fields: fields, options: options)
        case .raw: try RawDecoder(fields: fields)
        }
    }

    /// What encodes batches of `schema` into messages of `fields`. One encoder is used by one thread.
    package func makeEncoder(schema: Schema, fields: [WriteField]) throws(FormatsError) -> any RowEncoder {
        switch self {
        case .json(let options): try JSONWriter(schema: schema, fields: fields, options: options)
        case .raw: try RawEncoder(schema: schema, fields: fields)
        }
    }
}
