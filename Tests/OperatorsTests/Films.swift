import Columnar
import Dataflow
import Expressions
import Operators
import TestKit

/// The schemas of the example: plays joined with the ratings before them, enriched with films.
enum Films {
    static let plays = Schema([
        Field("user_id", .bigint), Field("film", .string), Field("device", .string),
        Field("ts", .timestampLTZ(precision: 3)),
    ])
    static let ratings = Schema([
        Field("user_id", .bigint), Field("film", .string), Field("rating", .double),
        Field("ts", .timestampLTZ(precision: 3)),
    ])
    static let films = Schema([Field("film", .string, isNullable: false), Field("title", .string)])

    /// The keys of both inputs of the temporal join, for the harness.
    static let joinKeys = [0: [0, 1], 1: [0, 1]]

    static func temporalJoin(
        _ kind: JoinKind, retention: Int64 = 1000, residual: ScalarExpression? = nil
    ) -> TemporalJoinFactory {
        TemporalJoinFactory(
            join: JoinSpec(
                kind: kind, left: plays, right: ratings, leftKeys: [0, 1], rightKeys: [0, 1], residual: residual),
            leftTime: 3, rightTime: 3, retentionMicroseconds: retention)
    }

    /// `rating > minimum` over the joined columns.
    static func ratingAbove(_ minimum: Double) throws -> ScalarExpression {
        let joined = Schema(plays.fields + ratings.fields)
        return try .comparison(.greater, .column(joined, 6), .literal(Literal(.double(minimum), .double)))
    }
}
