internal import Columnar
internal import Expressions

/// Operators, conversions and conditions that are measured.
enum ExpressionFigures {
    static let schema = Schema([
        Field("a", .bigint), Field("b", .bigint), Field("i", .int), Field("j", .int), Field("x", .double),
        Field("y", .double), Field("fraction", .double), Field("m", .decimal(precision: 12, scale: 2)),
        Field("n", .decimal(precision: 12, scale: 2)), Field("wide", .decimal(precision: 30, scale: 4)),
        Field("other", .decimal(precision: 30, scale: 4)), Field("s", .string), Field("digits", .string),
        Field("number", .string), Field("day", .string), Field("moment", .string), Field("base64", .string),
        Field("fields", .string), Field("ltz", .timestampLTZ(precision: 3)), Field("p", .boolean), Field("q", .boolean),
    ])

    static func column(_ name: String) -> ScalarExpression {
        .column(schema, schema.index(of: name) ?? 0)
    }

    static func projections() throws -> [(String, ScalarExpression)] {
        let (a, b, x, y) = (column("a"), column("b"), column("x"), column("y"))
        let five = ScalarExpression.literal(Literal(.intervalMicroseconds(5_000_000), .intervalMicroseconds))
        let quotient = try ScalarExpression.arithmetic(.divide, a, b)
        let isNonzero = try ScalarExpression.comparison(.notEqual, b, .literal(.int(0)))
        let values: [(String, ScalarExpression)] = [
            ("BIGINT +", try .arithmetic(.add, a, b)), ("BIGINT *", try .arithmetic(.multiply, a, b)),
            ("BIGINT /", quotient), ("DOUBLE +", try .arithmetic(.add, x, y)),
            ("DECIMAL(12,2) +", try .arithmetic(.add, column("m"), column("n"))),
            ("DECIMAL(12,2) *", try .arithmetic(.multiply, column("m"), column("n"))),
            ("DECIMAL(12,2) /", try .arithmetic(.divide, column("m"), column("n"))),
            ("BIGINT <", try .comparison(.less, a, b)),
            ("BIGINT < constant", try .comparison(.less, a, .literal(.int(7)))),
            ("DOUBLE <", try .comparison(.less, x, y)),
            ("STRING = constant", try .comparison(.equal, column("s"), .literal(.string("item-0000042")))),
            ("INT to BIGINT", try .casting(column("i"), to: .bigint)),
            ("BIGINT to STRING", try .casting(a, to: .string)),
            ("LTZ to STRING", try .casting(column("ltz"), to: .string)),
            ("ltz - INTERVAL", try .arithmetic(.subtract, column("ltz"), five)),
            ("CASE of columns", try .caseWhen([(try .comparison(.less, a, b), a)], otherwise: b)),
            ("CASE that guards", try .caseWhen([(isNonzero, quotient)], otherwise: nil)),
        ]
        return values + (try wideNumbers()) + (try logic()) + (try casts())
    }

    /// INT, and DECIMALs of more digits than fit into 64 bits.
    private static func wideNumbers() throws -> [(String, ScalarExpression)] {
        let (i, j, wide, other) = (column("i"), column("j"), column("wide"), column("other"))
        return [
            ("INT +", try .arithmetic(.add, i, j)), ("INT *", try .arithmetic(.multiply, i, j)),
            ("INT /", try .arithmetic(.divide, i, j)), ("INT %", try .arithmetic(.modulo, i, j)),
            ("DECIMAL(30,4) +", try .arithmetic(.add, wide, other)),
            ("DECIMAL(30,4) *", try .arithmetic(.multiply, wide, column("m"))),
            ("DECIMAL(30,4) /", try .arithmetic(.divide, wide, column("m"))),
            ("DECIMAL(30,4) <", try .comparison(.less, wide, other)),
        ]
    }

    private static func logic() throws -> [(String, ScalarExpression)] {
        let (p, q) = (column("p"), column("q"))
        return [
            ("AND", try .conjunction([p, q])), ("OR", try .disjunction([p, q])), ("NOT", try .negation(p)),
            ("IS NULL", try .test(.isNull, column("a"))), ("IS NOT NULL", try .test(.isNotNull, column("s"))),
            ("IS TRUE", try .test(.isTrue, p)),
        ]
    }

    private static func casts() throws -> [(String, ScalarExpression)] {
        let (number, moment) = (column("number"), column("moment"))
        return [
            ("STRING to DOUBLE", try .casting(number, to: .double)),
            ("STRING to DECIMAL(12,2)", try .casting(number, to: .decimal(12, 2))),
            ("STRING to BIGINT", try .casting(column("digits"), to: .bigint)),
            ("STRING to TIMESTAMP", try .casting(moment, to: .timestamp(3))),
            ("STRING to DATE", try .casting(column("day"), to: .date)),
            ("DOUBLE to STRING", try .casting(column("x"), to: .string)),
            ("DECIMAL(12,2) to STRING", try .casting(column("m"), to: .string)),
            ("DECIMAL(30,4) to DOUBLE", try .casting(column("wide"), to: .double)),
        ]
    }

    static func filters() throws -> [(String, ScalarExpression)] {
        let (a, b, s) = (column("a"), column("b"), column("s"))
        let range = try ScalarExpression.between(a, .literal(.int(100)), .literal(.int(900)))
        let list = (0..<40).map { ScalarExpression.literal(.bigint($0 * 17)) }
        let texts = (0..<40).map { ScalarExpression.literal(.string("item-00000\($0)")) }
        return [
            ("filter a < b", try .comparison(.less, a, b)), ("filter BETWEEN", range),
            (
                "filter BETWEEN AND text",
                try .conjunction([range, .comparison(.equal, s, .literal(.string("item-0000042")))])
            ),
            ("filter IN 40 numbers", try .membership(a, list)), ("filter IN 40 texts", try .membership(s, texts)),
            ("filter LIKE 'item%'", try .like(s, .literal(.string("item%")))),
            ("filter LIKE '%42%'", try .like(s, .literal(.string("%42%")))),
            ("filter LIKE 'i%0_4%2'", try .like(s, .literal(.string("i%0_4%2")))),
        ]
    }
}
