package import Columnar

/// Where a column that a source delivers comes from, or where one that a sink takes goes to.
package enum FieldOrigin: Hashable, Sendable {
    /// A value of the payload, by its path of object names: `["user", "id"]`; flat formats have paths of one name.
    case payload(path: [String])
    /// What the connector knows of the record: `timestamp`, `partition`, `offset`, `topic`, `headers`, ...
    case metadata(key: String)
}

/// A physical or metadata column of a table; computed columns are the planner's business.
package struct TableField: Hashable, Sendable {
    package var name: String
    package var type: LogicalType
    package var isNullable: Bool
    package var origin: FieldOrigin

    package init(name: String, type: LogicalType, isNullable: Bool, origin: FieldOrigin) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.origin = origin
    }

    /// The column as batches have it.
    package var field: Field { Field(name, type, isNullable: isNullable) }
}

/// A declared table as connectors see it.
package struct TableDefinition: Hashable, Sendable {
    package var name: String
    /// All physical columns (leaves of ROW columns one by one) and metadata columns, in order of declaration.
    package var fields: [TableField]
    /// Names of the primary key's columns; empty where there is none.
    package var primaryKey: [String]
    /// The WITH clause after substitution and overrides, `connector` included. Values may be secret.
    package var options: [String: String]

    package init(name: String, fields: [TableField], primaryKey: [String], options: [String: String]) {
        self.name = name
        self.fields = fields
        self.primaryKey = primaryKey
        self.options = options
    }
}

/// A scan in a job graph.
package struct SourceSpec: Hashable, Sendable {
    package var table: TableDefinition
    /// The fields that the job uses, a subset of the table's, in the order of the output schema.
    package var fields: [TableField]
    /// Whether batches come with `RecordBatch.origins`, where the connector can.
    package var tracksOrigins: Bool

    package init(table: TableDefinition, fields: [TableField], tracksOrigins: Bool = false) {
        self.table = table
        self.fields = fields
        self.tracksOrigins = tracksOrigins
    }

    /// Of the batches: the fields in their order.
    package var schema: Schema { Schema(fields.map(\.field)) }
}

/// A sink in a job graph.
package struct SinkSpec: Hashable, Sendable {
    package var table: TableDefinition
    /// The fields written, in the order of the input's columns; columns of the table that are missing get their default.
    package var fields: [TableField]
    /// Whether the input can hold updates and deletes.
    package var changelog: ChangelogMode
    package var content: SinkContent

    package init(
        table: TableDefinition, fields: [TableField], changelog: ChangelogMode, content: SinkContent = .rows
    ) {
        self.table = table
        self.fields = fields
        self.changelog = changelog
        self.content = content
    }

    /// Of the batches: the fields in their order.
    package var schema: Schema { Schema(fields.map(\.field)) }
}

/// What the rows of a sink are.
package enum SinkContent: Hashable, Sendable {
    /// What the job computes.
    case rows
    /// Columns of `DeadLetter.schema`, by their names; one that does not fit its target is cut rather than refused.
    case deadLetters
}

/// The right side of a lookup join in a job graph.
package struct LookupSpec: Hashable, Sendable {
    package var table: TableDefinition
    /// The columns compared with the left side's keys.
    package var keys: [String]
    /// The columns returned, in order.
    package var fields: [TableField]

    package init(table: TableDefinition, keys: [String], fields: [TableField]) {
        self.table = table
        self.keys = keys
        self.fields = fields
    }

    /// Of the batches: the fields in their order.
    package var schema: Schema { Schema(fields.map(\.field)) }
}

/// Which row kinds a stream holds.
package enum ChangelogMode: String, Hashable, Sendable {
    /// Inserts only.
    case appendOnly
    /// insert or updateAfter (both mean: this is now the row of its key) and delete, by primary key.
    case upsert
}
