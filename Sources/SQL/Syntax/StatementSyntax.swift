/// A statement as written.
package struct StatementSyntax: Hashable, Sendable {
    /// What a statement is, with its parts.
    package enum Kind: Hashable, Sendable {
        case createTable(CreateTableSyntax)
        case createView(CreateViewSyntax)
        case drop(DropSyntax)
        case set(OptionSyntax)
        case insert(InsertSyntax)
        /// At least one.
        case statementSet([InsertSyntax])
    }

    package let kind: Kind
    package let range: SourceRange
}

/// `CREATE [TEMPORARY] TABLE`
package struct CreateTableSyntax: Hashable, Sendable {
    /// A column of a table as declared.
    package struct Column: Hashable, Sendable {
        /// Where a column's values come from.
        package enum Kind: Hashable, Sendable {
            /// Read from and written to the connector.
            case physical(TypeSyntax)
            /// `name AS expression`
            case computed(ExpressionSyntax)
            /// `name TYPE METADATA [FROM 'key'] [VIRTUAL]`
            case metadata(TypeSyntax, key: LiteralText?, isVirtual: Bool)
        }

        package let name: NameSyntax
        package let kind: Kind
        package let comment: String?
        package let range: SourceRange
    }

    /// `WATERMARK FOR column AS expression`.
    package struct Watermark: Hashable, Sendable {
        package let column: PathSyntax
        package let expression: ExpressionSyntax
        package let range: SourceRange
    }

    /// `PRIMARY KEY (columns) NOT ENFORCED`.
    package struct PrimaryKey: Hashable, Sendable {
        package let columns: [NameSyntax]
        package let range: SourceRange
    }

    package let name: PathSyntax
    package let isTemporary: Bool
    package let ifNotExists: Bool
    package let columns: [Column]
    package let watermarks: [Watermark]
    package let primaryKeys: [PrimaryKey]
    package let comment: String?
    package let options: [OptionSyntax]
    package let like: LikeClause?

    /// `LIKE table (INCLUDING ALL EXCLUDING OPTIONS ...)`
    package struct LikeClause: Hashable, Sendable {
        /// What of the other table a rule is about.
        package enum Feature: String, CaseIterable, Hashable, Sendable {
            case all = "ALL"
            case constraints = "CONSTRAINTS"
            case generated = "GENERATED"
            case metadata = "METADATA"
            case options = "OPTIONS"
            case partitions = "PARTITIONS"
            case watermarks = "WATERMARKS"
        }

        /// What becomes of the other table's features.
        package enum Strategy: String, CaseIterable, Hashable, Sendable {
            /// Taken over; the same thing in both tables is an error.
            case including = "INCLUDING"
            case excluding = "EXCLUDING"
            /// Taken over unless the new table has it.
            case overwriting = "OVERWRITING"
        }

        /// A strategy for one feature.
        package struct Rule: Hashable, Sendable {
            package let strategy: Strategy
            package let feature: Feature
        }

        package let table: PathSyntax
        package let rules: [Rule]
    }
}

/// `CREATE [TEMPORARY] VIEW`
package struct CreateViewSyntax: Hashable, Sendable {
    package let name: PathSyntax
    package let isTemporary: Bool
    package let ifNotExists: Bool
    package let columns: [NameSyntax]
    package let comment: String?
    package let query: QuerySyntax
}

/// `DROP [TEMPORARY] TABLE` or `VIEW`
package struct DropSyntax: Hashable, Sendable {
    /// What is dropped; the words of SQL.
    package enum Kind: String, Hashable, Sendable {
        case table = "TABLE"
        case view = "VIEW"
    }

    package let kind: Kind
    package let isTemporary: Bool
    package let ifExists: Bool
    package let name: PathSyntax
}

/// `INSERT INTO`
package struct InsertSyntax: Hashable, Sendable {
    package let table: PathSyntax
    package let hints: [HintSyntax]
    /// Empty when the query gives every column in order.
    package let columns: [NameSyntax]
    package let query: QuerySyntax
    package let range: SourceRange
}
