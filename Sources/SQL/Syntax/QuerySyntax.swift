/// A query as written.
package struct QuerySyntax: Hashable, Sendable {
    /// What a query is, with its parts.
    package indirect enum Kind: Hashable, Sendable {
        case select(SelectSyntax)
        /// At least two, none of them a `unionAll`.
        case unionAll([QuerySyntax])
        /// Rows of expressions.
        case values([[ExpressionSyntax]])
        /// `WITH name AS (query), ... query`
        case with([CommonTable], QuerySyntax)
    }

    /// A query that has a name within another one.
    package struct CommonTable: Hashable, Sendable {
        package let name: NameSyntax
        package let columns: [NameSyntax]
        package let query: QuerySyntax
    }

    package let kind: Kind
    package let range: SourceRange
}

/// `SELECT ... FROM ... WHERE ...`
package struct SelectSyntax: Hashable, Sendable {
    /// One entry of a select list.
    package enum Item: Hashable, Sendable {
        /// `*`, or `table.*`.
        case star(table: NameSyntax?, range: SourceRange)
        case expression(ExpressionSyntax, alias: NameSyntax?)
    }

    package let hints: [HintSyntax]
    /// At least one.
    package let items: [Item]
    package let from: TableReferenceSyntax?
    package let filter: ExpressionSyntax?
    package let range: SourceRange
}

/// `NAME('key' = 'value', ...)` or `NAME('value', ...)` between `/*+` and `*/`.
package struct HintSyntax: Hashable, Sendable {
    package let name: NameSyntax
    /// `key = value` pairs.
    package let options: [OptionSyntax]
    /// Values without a key.
    package let arguments: [LiteralText]
}

/// A string or number in a hint, with its place.
package struct LiteralText: Hashable, Sendable {
    package let text: String
    package let range: SourceRange
}

/// One `'key' = 'value'`.
package struct OptionSyntax: Hashable, Sendable {
    package let key: LiteralText
    package let value: LiteralText
}

/// Something that a query reads from.
package indirect enum TableReferenceSyntax: Hashable, Sendable {
    case table(TableSyntax)
    case subquery(QuerySyntax, alias: NameSyntax?, columns: [NameSyntax])
    case join(JoinSyntax)

    /// A table or view by name.
    package struct TableSyntax: Hashable, Sendable {
        package let name: PathSyntax
        package let hints: [HintSyntax]
        /// What follows `FOR SYSTEM_TIME AS OF`.
        package let systemTime: ExpressionSyntax?
        package let alias: NameSyntax?
        package let columns: [NameSyntax]
        package let range: SourceRange
    }

    /// A join with what stands on its right side.
    package struct JoinSyntax: Hashable, Sendable {
        /// Which rows without a partner stay in the result; the words of SQL.
        package enum Kind: String, Hashable, Sendable {
            case inner = "INNER JOIN"
            case left = "LEFT JOIN"
        }

        package let kind: Kind
        package let left: TableReferenceSyntax
        package let right: TableReferenceSyntax
        package let condition: ExpressionSyntax
        /// Of the words `LEFT JOIN`.
        package let keywordRange: SourceRange
    }
}
