internal import Columnar
internal import Dataflow

/// Holds a sink's columns against a table and lists everything that does not fit.
struct TableCheck {
    let spec: SinkSpec
    let name: QualifiedTableName

    /// Whether rows replace and delete by key.
    var usesKey: Bool { !spec.table.primaryKey.isEmpty }

    /// How a table for the sink is made.
    func creation() throws(PostgresConnectorError) -> TableCreation {
        var lines: [String] = []
        for field in spec.table.fields where !isMetadata(field) {
            let isKey = spec.table.primaryKey.contains(field.name)
            let required = !field.isNullable || isKey ? " NOT NULL" : ""
            lines.append(
                "    \(try SQLIdentifier(field.name).quoted) \(TypeMapping.created(for: field.type))\(required)")
        }
        if usesKey {
            var keys: [String] = []
            for key in spec.table.primaryKey { keys.append(try SQLIdentifier(key).quoted) }
            lines.append("    PRIMARY KEY (\(keys.joined(separator: ", ")))")
        }
        return TableCreation(name: name, body: "\n\(lines.joined(separator: ",\n"))\n")
    }

    /// The sink's way of writing the table.
    ///
    /// - Throws: `.tableMismatch` with every problem in its message.
    func target(_ description: TableDescription?) throws(PostgresConnectorError) -> TableTarget {
        guard let description else {
            throw PostgresConnectorError(
                .tableMismatch,
                "the table does not exist; create it or set 'sink.create-table' = 'true':\n\(try creation().statement)",
                place: "table \(name)")
        }
        var problems = tableProblems(description)
        var columns: [TargetColumn] = []
        for (index, field) in spec.fields.enumerated() {
            switch column(field, index, description) {
            case .success(let column): columns.append(column)
            case .failure(let problem): problems.append(problem.text)
            }
        }
        guard problems.isEmpty else {
            throw PostgresConnectorError(
                .tableMismatch,
                "the table does not fit the query:" + problems.map { "\n  - \($0)" }.joined(),
                place: "table \(name)")
        }
        let keys = spec.table.primaryKey
        let keyColumns = keys.compactMap { key in columns.first { $0.name.name == key } }
        let others = columns.filter { !keys.contains($0.name.name) }
        let identities = columns.contains { description.column($0.name.name)?.isIdentityAlways == true }
        return TableTarget(
            name: name, columns: keyColumns + others, keyCount: keyColumns.count, overridesIdentity: identities)
    }

    private struct Problem: Error {
        let text: String
    }

    private func isMetadata(_ field: TableField) -> Bool {
        if case .metadata = field.origin { return true }
        return false
    }

    private func tableProblems(_ description: TableDescription) -> [String] {
        var problems: [String] = []
        if description.kind != "r" && description.kind != "p" {
            problems.append("it is not a table that can be written (a view or foreign table, say)")
        }
        let needed = usesKey ? ["INSERT", "SELECT", "UPDATE", "DELETE"] : ["INSERT"]
        let missing = description.missingPrivileges.filter { needed.contains($0) }
        if !missing.isEmpty {
            problems.append("the user has no right to \(missing.joined(separator: ", ")) on it; GRANT it")
        }
        if usesKey && !description.canCreateTemporaryTables {
            problems.append("the user may not create temporary tables, which upserts need; GRANT TEMP ON DATABASE")
        }
        let given = Set(spec.fields.map(\.name))
        for column in description.columns
        where column.isRequired && !column.hasDefault && !column.isGenerated && !given.contains(column.name) {
            problems.append(
                "column \(column.name) is NOT NULL without a default, and the query gives it no value")
        }
        guard usesKey else { return problems }
        for key in spec.table.primaryKey where !given.contains(key) {
            problems.append("the key column \(key) gets no value from the query")
        }
        if !description.uniqueKeys.contains(where: { Set($0) == Set(spec.table.primaryKey) }) {
            let found = description.uniqueKeys.map { "(\($0.joined(separator: ", ")))" }.joined(separator: ", ")
            problems.append(
                "it has no primary key or unique index on (\(spec.table.primaryKey.joined(separator: ", ")))"
                    + (found.isEmpty ? "" : "; it has \(found)"))
        }
        return problems
    }

    private func column(
        _ field: TableField, _ index: Int, _ description: TableDescription
    ) -> Result<TargetColumn, Problem> {
        guard let column = description.column(field.name) else {
            let names = description.columns.map(\.name)
            let nearest = NearestName.find(field.name, in: names).map { "; did you mean \($0)?" } ?? ""
            return .failure(Problem(text: "it has no column \(field.name)\(nearest)"))
        }
        if column.isGenerated {
            return .failure(Problem(text: "column \(field.name) is generated by the table and cannot be written"))
        }
        guard let mapping = TypeMapping(field.type, to: column) else {
            return .failure(
                Problem(
                    text: "column \(field.name) is \(column.typeName), the query gives \(field.type), which goes into "
                        + "\(TypeMapping.assignable(field.type)); CAST it in the query or change the column"))
        }
        let isKey = spec.table.primaryKey.contains(field.name)
        if isKey && !mapping.isExact {
            return .failure(
                Problem(
                    text: "the key column \(field.name) is \(column.typeName), which does not keep values of "
                        + "\(field.type) apart"))
        }
        guard let name = try? SQLIdentifier(field.name) else {
            return .failure(Problem(text: "the column name \(field.name) is not one that PostgreSQL keeps"))
        }
        return .success(
            TargetColumn(
                name: name, field: index, encoding: mapping.encoding, isRequired: column.isRequired || isKey,
                typeId: column.typeId))
    }
}
