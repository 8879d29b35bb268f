package import Columnar
package import Dataflow
package import Expressions

/// What happens to a left row that finds nothing.
package enum JoinKind: String, Hashable, Sendable {
    /// It is left out.
    case inner = "INNER"
    /// It goes on with nulls for the right columns.
    case left = "LEFT"
}

/// What all joins of a left stream with a right table have in common.
package struct JoinSpec: Sendable {
    package var kind: JoinKind
    package var left: Schema
    package var right: Schema
    /// Positions in `left` and `right` of columns that must be equal, pairwise and with the same types; a null equals
    /// nothing.
    package var leftKeys: [Int]
    package var rightKeys: [Int]
    /// The rest of the ON clause, over the columns of `left` followed by those of `right`; not true means no match.
    package var residual: ScalarExpression?
    package var timeZone: SessionTimeZone
    /// What becomes of rows for which `residual` cannot be computed.
    package var errorPolicy: RowErrorPolicy

    package init(
        kind: JoinKind, left: Schema, right: Schema, leftKeys: [Int], rightKeys: [Int],
        residual: ScalarExpression? = nil, timeZone: SessionTimeZone = .utc,
        errorPolicy: RowErrorPolicy = RowErrorPolicy()
    ) {
        precondition(!leftKeys.isEmpty && leftKeys.count == rightKeys.count, "keys \(leftKeys) and \(rightKeys)")
        for (leftKey, rightKey) in zip(leftKeys, rightKeys) {
            precondition(
                left[leftKey].type.physical == right[rightKey].type.physical,
                "join of \(left[leftKey]) with \(right[rightKey])")
        }
        self.kind = kind
        self.left = left
        self.right = right
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.residual = residual
        self.timeZone = timeZone
        self.errorPolicy = errorPolicy
    }

    /// All columns of the left side, then all of the right, which a LEFT join makes nullable.
    package var output: Schema {
        Schema(
            left.fields
                + right.fields.map { Field($0.name, $0.type, isNullable: $0.isNullable || kind == .left) })
    }

    var keyText: String {
        zip(leftKeys, rightKeys).map { "\(left[$0].name) = \(right[$1].name)" }.joined(separator: ", ")
    }
}
