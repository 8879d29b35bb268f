package import Columnar
package import Dataflow

/// `left [LEFT] JOIN right FOR SYSTEM_TIME AS OF left.time`: input 0 is the left side, append-only; input 1 the
/// versions of the right side, append-only or an upsert changelog. Both are partitioned by the keys.
package struct TemporalJoinFactory: OperatorFactory {
    /// `table.exec.temporal-join.retention`.
    package static let defaultRetentionMicroseconds: Int64 = 3_600_000_000

    package var join: JoinSpec
    /// Position in the left schema of the time as of which a row is joined, a timestamp.
    package var leftTime: Int
    /// Position in the right schema of the time from which a row holds, a timestamp; not a key.
    package var rightTime: Int
    /// How far behind the watermark late left rows still find their version, in microseconds.
    package var retentionMicroseconds: Int64
    /// Whether rows that have waited come with the places of their records, for dead letters.
    package var tracksOrigins = false

    package init(
        join: JoinSpec, leftTime: Int, rightTime: Int,
        retentionMicroseconds: Int64 = TemporalJoinFactory.defaultRetentionMicroseconds
    ) {
        precondition(join.left[leftTime].type.isTimestamp, "time \(join.left[leftTime])")
        precondition(join.right[rightTime].type.isTimestamp, "time \(join.right[rightTime])")
        precondition(retentionMicroseconds >= 0, "retention \(retentionMicroseconds)")
        self.join = join
        self.leftTime = leftTime
        self.rightTime = rightTime
        self.retentionMicroseconds = retentionMicroseconds
    }

    package var outputSchema: Schema { join.output }
    package var errorPolicy: RowErrorPolicy { join.errorPolicy }

    package func makeOperator() throws -> any Operator {
        try TemporalJoinOperator(self)
    }

    package var summary: String {
        "TemporalJoin \(join.kind.rawValue) on \(join.keyText), as of \(join.left[leftTime].name)"
    }

    package var details: [String] {
        var lines = [
            "state versions: \(join.right), by \(join.right[rightTime].name)",
            "state waiting: left rows until the watermark has passed \(join.left[leftTime].name)",
            "retention \(Double(retentionMicroseconds) / 1e6) s behind the watermark for late left rows",
        ]
        if let residual = join.residual { lines.append("and \(residual)") }
        return lines
    }
}
