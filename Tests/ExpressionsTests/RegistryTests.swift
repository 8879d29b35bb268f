import Columnar
import Expressions
import Testing

struct RegistryTests {
    typealias Harness = ExpressionHarness
    let registry = FunctionRegistry.builtIn

    @Test func anOverloadSaysWhatToConvertArgumentsTo() throws {
        let overload = try registry.resolve("substring", [.string, .int, .int])
        #expect(overload.function == .substring)
        #expect(overload.argumentTypes == [.string, .bigint, .bigint])
        #expect(overload.resultType == .string)
        #expect(try registry.resolve("POWER", [.int, .decimal(5, 2)]).argumentTypes == [.double, .double])
        #expect(try registry.resolve("HEX", [.int]).argumentTypes == [.bigint])
    }

    @Test func anUnknownFunctionNamesTheNearest() {
        let error = #expect(throws: ExpressionError.self) { try registry.call("UPER", [.literal(.string("a"))]) }
        #expect(error?.code == .unknownFunction)
        #expect(error?.message.contains("UPPER") == true)
        #expect(registry.contains("extract"))
        #expect(registry.contains("Coalesce"))
        #expect(!registry.contains("NO_SUCH"))
    }

    @Test func wrongArgumentsListTheSignatures() {
        let error = #expect(throws: ExpressionError.self) { try registry.call("SUBSTRING", [.literal(.int(1))]) }
        #expect(error?.code == .noMatchingSignature)
        #expect(error?.message.contains("(INT)") == true)
        #expect(error?.message.contains("SUBSTRING(STRING, BIGINT[, BIGINT])") == true)
    }

    @Test func everyNameIsFoundAndResolvesOrAsksForAUnit() {
        for name in registry.names {
            #expect(registry.contains(name), "\(name)")
            do throws(ExpressionError) {
                // Only what takes any number of arguments of any type accepts this.
                _ = try registry.call(name, Array(repeating: Harness.literal(.bytes([1])), count: 9))
                #expect(["COALESCE", "GREATEST", "LEAST"].contains(name))
            } catch {
                #expect(error.code != .unknownFunction, "\(name): \(error)")
            }
        }
    }

    @Test func unitsAreAskedForAndChecked() throws {
        let time = Harness.column("ts")
        #expect(throws: ExpressionError.self) { try registry.call("EXTRACT", [time]) }
        #expect(throws: ExpressionError.self) { try registry.call("FLOOR", [time], unit: .epoch) }
        #expect(throws: ExpressionError.self) { try registry.call("UPPER", [time], unit: .day) }
        #expect(TimeUnit(sql: "days") == .day)
        #expect(TimeUnit(sql: "SQL_TSI_HOUR") == .hour)
        #expect(TimeUnit(sql: "fortnight") == nil)
    }

    static let promotions: [(ExpressionType, ExpressionType, ExpressionType?)] = [
        (.int, .bigint, .bigint), (.int, .double, .double), (.bigint, .decimal(10, 2), .decimal(21, 2)),
        (.int, .decimal(5, 2), .decimal(12, 2)), (.decimal(10, 2), .decimal(8, 5), .decimal(13, 5)),
        (.decimal(38, 0), .decimal(38, 20), .decimal(38, 6)), (.decimal(5, 2), .double, .double),
        (.null, .string, .string), (.date, .timestamp(3), .timestamp(3)),
        (.timestamp(6), .timestampLTZ(3), .timestampLTZ(6)), (.string, .int, nil), (.boolean, .int, nil),
        (.bytes, .string, nil),
    ]

    @Test(arguments: promotions)
    func typesMeetInTheirCommonType(_ left: ExpressionType, _ right: ExpressionType, _ common: ExpressionType?) {
        #expect(ExpressionType.common(left, right) == common)
        #expect(ExpressionType.common(right, left) == common)
    }

    static let results: [(ScalarFunction, ExpressionType, ExpressionType, ExpressionType)] = [
        (.add, .int, .int, .int), (.divide, .int, .int, .int), (.add, .int, .bigint, .bigint),
        (.add, .decimal(10, 2), .decimal(10, 2), .decimal(11, 2)),
        (.multiply, .decimal(10, 2), .int, .decimal(20, 2)),
        (.divide, .decimal(10, 2), .decimal(10, 2), .decimal(23, 13)),
        (.modulo, .decimal(10, 2), .decimal(5, 4), .decimal(5, 4)),
        (.multiply, .decimal(30, 10), .decimal(30, 10), .decimal(38, 6)),
        (.divide, .decimal(38, 10), .decimal(38, 10), .decimal(38, 6)), (.add, .decimal(10, 2), .double, .double),
    ]

    @Test(arguments: results)
    func arithmeticHasFlinksResultType(
        _ function: ScalarFunction, _ left: ExpressionType, _ right: ExpressionType, _ result: ExpressionType
    ) throws {
        let operands = [left, right].map { ScalarExpression.literal(.null(of: $0)) }
        #expect(try ScalarExpression.arithmetic(function, operands[0], operands[1]).type == result)
    }

    @Test func textIsConvertedToWhatItIsComparedWith() throws {
        let later = try ScalarExpression.comparison(
            .greater, Harness.column("ts"), .literal(.string("2024-02-29 00:00:00")))
        #expect(later.description == "ts > TIMESTAMP '2024-02-29 00:00:00.000000'")
        let equal = try ScalarExpression.comparison(.equal, Harness.column("s"), Harness.column("i"))
        #expect(equal.description == "CAST(s AS INT) = i")
        #expect(throws: ExpressionError.self) {
            try ScalarExpression.comparison(.equal, Harness.column("p"), Harness.column("i"))
        }
        #expect(throws: ExpressionError.self) {
            try ScalarExpression.arithmetic(.add, Harness.column("s"), Harness.column("i"))
        }
    }

    @Test func nullabilityFollowsTheArguments() throws {
        let schema = Schema([Field("k", .int, isNullable: false), Field("v", .int)])
        let (k, v) = (ScalarExpression.column(schema, 0), ScalarExpression.column(schema, 1))
        #expect(try !ScalarExpression.arithmetic(.add, k, k).isNullable)
        #expect(try ScalarExpression.arithmetic(.add, k, v).isNullable)
        #expect(try !ScalarExpression.coalescing([v, k]).isNullable)
        #expect(try !ScalarExpression.test(.isNull, v).isNullable)
        #expect(try ScalarExpression.casting(k, to: .string, mode: .null).isNullable)
        #expect(try ScalarExpression.caseWhen([(.test(.isNull, v), k)], otherwise: nil).isNullable)
    }
}
