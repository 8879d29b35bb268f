package import Columnar
package import Dataflow

/// `left [LEFT] JOIN right FOR SYSTEM_TIME AS OF left.proctime` against a table that is asked by key, a batch at a
/// time.
package struct LookupJoinFactory: OperatorFactory {
    /// The right schema is `lookup.schema`, the right keys are where `lookup.keys` are in it.
    package var join: JoinSpec
    package var lookup: LookupSpec

    /// - Parameter join: its right side must be the lookup's schema.
    package init(join: JoinSpec, lookup: LookupSpec) {
        precondition(join.right.count == lookup.fields.count, "\(join.right) is not \(lookup.schema)")
        precondition(join.leftKeys.count == lookup.keys.count, "keys \(join.leftKeys) for \(lookup.keys)")
        self.join = join
        self.lookup = lookup
    }

    package var outputSchema: Schema { join.output }
    package var errorPolicy: RowErrorPolicy { join.errorPolicy }

    package func makeOperator() throws -> any Operator {
        try LookupJoinOperator(self)
    }

    package var summary: String { "LookupJoin \(join.kind.rawValue) with \(lookup.table.name) on \(join.keyText)" }

    package var details: [String] {
        join.residual.map { ["and \($0)"] } ?? []
    }
}
