internal import Columnar
internal import Dataflow
internal import Formats

extension KafkaOptions {
    /// Which format the key and the value have and which columns they hold.
    mutating func readFormats(_ reader: inout OptionReader, _ table: TableDefinition) {
        if isUpsert {
            readUpsertFormats(&reader, table)
        } else {
            readAppendFormats(&reader, table)
        }
        readKeyColumns(&reader, table)
        checkValueColumns(&reader, table)
    }

    private mutating func readUpsertFormats(_ reader: inout OptionReader, _ table: TableDefinition) {
        for option in ["key.format", "value.format"] where reader.text(option) == nil {
            reader.report(option, "'\(option)' is missing; 'json' and 'raw' are known")
        }
        for option in ["format", "key.fields"] where reader.text(option) != nil {
            reader.report(option, "an upsert-kafka table has no '\(option)': its key is the PRIMARY KEY")
        }
        if table.primaryKey.isEmpty {
            reader.report("connector", "an upsert-kafka table needs a PRIMARY KEY (...) NOT ENFORCED")
        }
        keyFormat = format("key.format", &reader)
        valueFormat = format("value.format", &reader) ?? .raw
    }

    private mutating func readAppendFormats(_ reader: inout OptionReader, _ table: TableDefinition) {
        let option = reader.text("value.format") != nil ? "value.format" : "format"
        if reader.text("value.format") != nil && reader.text("format") != nil {
            reader.report("format", "'format' and 'value.format' mean the same; set one of them")
        }
        if reader.text(option) == nil {
            reader.report("format", "'format' is missing; 'json' and 'raw' are known")
        }
        valueFormat = format(option, &reader) ?? .raw
        keyFormat = format("key.format", &reader)
        let hasKeyFields = !(reader.list("key.fields") ?? []).isEmpty
        if hasKeyFields && keyFormat == nil {
            reader.report("key.format", "'key.fields' is set, so 'key.format' must say how they are written")
        }
        if !hasKeyFields && reader.text("key.format") != nil {
            reader.report("key.fields", "'key.format' is set, so 'key.fields' must name the columns of the key")
        }
    }

    private func format(_ option: String, _ reader: inout OptionReader) -> Format? {
        guard let identifier = reader.text(option) else { return nil }
        let prefix = Format.optionPrefix(of: option, identifier: identifier)
        var options: [String: String] = [:]
        // `json.x` holds for the key and the value where `key.json.x` or `value.json.x` does not say otherwise.
        for prefix in ["\(identifier).", prefix] {
            for (name, value) in reader.options where name.hasPrefix(prefix) {
                options[String(name.dropFirst(prefix.count))] = value
            }
        }
        do {
            return try Format(identifier: identifier, options: options)
        } catch {
            reader.report(option, error.message)
            return nil
        }
    }

    private mutating func readKeyColumns(_ reader: inout OptionReader, _ table: TableDefinition) {
        keyPrefix = reader.text("key.fields-prefix") ?? ""
        isKeyInValue = reader.choice(
            "value.fields-include", [("all", true), ("except_key", false)], default: true)
        if !keyPrefix.isEmpty && isKeyInValue {
            reader.report(
                "key.fields-prefix", "a prefix needs 'value.fields-include' = 'EXCEPT_KEY', so that names stay apart")
        }
        let names = isUpsert ? table.primaryKey : reader.list("key.fields") ?? []
        let option = isUpsert ? "connector" : "key.fields"
        for name in names {
            guard let column = table.fields.firstIndex(where: { $0.name == name }) else {
                let nearest = NearestName.of(name, in: table.fields.map(\.name))
                reader.report(
                    option, "there is no column '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
                continue
            }
            if case .metadata = table.fields[column].origin {
                reader.report(option, "'\(name)' is a metadata column and cannot be part of the key")
            } else if !name.hasPrefix(keyPrefix) {
                reader.report(option, "'\(name)' does not start with the prefix '\(keyPrefix)' of the key's columns")
            } else {
                keyColumns.append(column)
            }
        }
        if case .raw? = keyFormat, keyColumns.count != 1 || !table.fields[keyColumns[0]].type.isVariableLength {
            reader.report("key.format", "'raw' takes exactly one STRING or BYTES column as the key")
        }
    }

    private func checkValueColumns(_ reader: inout OptionReader, _ table: TableDefinition) {
        guard case .raw = valueFormat,
            let option = ["value.format", "format"].first(where: { reader.text($0) == "raw" })
        else { return }
        let columns = valueColumns(table)
        if columns.count != 1 || !table.fields[columns[0]].type.isVariableLength {
            reader.report(option, "'raw' takes exactly one STRING or BYTES column as the value")
        }
    }

    /// Positions in the table's fields of the columns that the value holds.
    func valueColumns(_ table: TableDefinition) -> [Int] {
        table.fields.indices.filter { index in
            guard case .payload = table.fields[index].origin else { return false }
            return isKeyInValue || !keyColumns.contains(index)
        }
    }

    /// The path of a key column inside the key.
    func keyPath(_ field: TableField) -> [String] {
        guard case .payload(let path) = field.origin, let first = path.first else { return [field.name] }
        return [String(first.dropFirst(first.hasPrefix(keyPrefix) ? keyPrefix.count : 0))] + path.dropFirst()
    }
}
