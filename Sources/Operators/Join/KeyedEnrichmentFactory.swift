package import Columnar
package import Dataflow

/// `left [LEFT] JOIN right FOR SYSTEM_TIME AS OF left.proctime` against a table that is read from an upsert changelog:
/// input 0 is the left side, input 1 the changelog. Both are partitioned by the keys.
///
/// The right keys must be the changelog's primary key.
package struct KeyedEnrichmentFactory: OperatorFactory {
    package var join: JoinSpec

    package init(join: JoinSpec) {
        self.join = join
    }

    package var outputSchema: Schema { join.output }
    package var errorPolicy: RowErrorPolicy { join.errorPolicy }

    package func makeOperator() throws -> any Operator {
        try KeyedEnrichmentOperator(self)
    }

    package var summary: String { "KeyedEnrichment \(join.kind.rawValue) on \(join.keyText)" }

    package var details: [String] {
        var lines = ["state rows: \(join.right), the current row of each key, loaded before the first left row"]
        if let residual = join.residual { lines.append("and \(residual)") }
        return lines
    }
}
