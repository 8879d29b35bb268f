internal import Expressions

/// Calls of functions that are measured: of every function of the registry at least one.
enum FunctionFigures {
    struct Figure {
        /// As the registry has it.
        var function: String
        /// For example `ROUND(x, 2)`.
        var name: String
        var expression: ScalarExpression
    }

    static func all() throws -> [Figure] {
        try numbers() + texts() + textsWithArguments() + patterns() + times() + conditions()
    }

    private static func column(_ name: String) -> ScalarExpression { ExpressionFigures.column(name) }

    private static func call(
        _ function: String, _ arguments: [ScalarExpression], unit: TimeUnit? = nil, name: String? = nil
    ) throws -> Figure {
        Figure(
            function: function, name: name ?? function,
            expression: try FunctionRegistry.builtIn.call(function, arguments, unit: unit))
    }

    private static func text(_ value: String) -> ScalarExpression { .literal(.string(value)) }
    private static func number(_ value: Int32) -> ScalarExpression { .literal(.int(value)) }

    private static func numbers() throws -> [Figure] {
        let (x, m) = (column("x"), column("m"))
        let ofDouble = [
            "POWER", "SQRT", "EXP", "LN", "LOG10", "LOG2", "LOG", "SIN", "COS", "TAN", "ATAN", "ATAN2", "RADIANS",
            "DEGREES",
        ]
        var figures = try ofDouble.map { name in
            try call(name, ["POWER", "ATAN2"].contains(name) ? [x, column("fraction")] : [x])
        }
        figures += try ["ASIN", "ACOS"].map { try call($0, [column("fraction")]) }
        for name in ["ABS", "CEIL", "CEILING", "FLOOR", "SIGN"] {
            figures.append(try call(name, [x], name: "\(name)(DOUBLE)"))
            figures.append(try call(name, [m], name: "\(name)(DECIMAL)"))
        }
        for name in ["ROUND", "TRUNCATE"] {
            figures.append(try call(name, [x, number(2)], name: "\(name)(DOUBLE, 2)"))
            figures.append(try call(name, [m, number(1)], name: "\(name)(DECIMAL, 1)"))
        }
        figures.append(try call("MOD", [column("a"), number(7)]))
        return figures
    }

    private static func texts() throws -> [Figure] {
        let names = [
            "CHAR_LENGTH", "CHARACTER_LENGTH", "OCTET_LENGTH", "UPPER", "LOWER", "INITCAP", "TRIM", "BTRIM", "LTRIM",
            "RTRIM", "REVERSE", "ASCII", "TO_BASE64", "MD5", "SHA1", "SHA224", "SHA256", "HEX",
        ]
        return try names.map { try call($0, [column("s")]) } + [
            try call("FROM_BASE64", [column("base64")]), try call("CHR", [column("a")]),
            try call("SHA2", [column("s"), number(256)]),
        ]
    }

    private static func textsWithArguments() throws -> [Figure] {
        let s = column("s")
        return [
            try call("SUBSTRING", [s, number(2), number(5)]), try call("SUBSTR", [s, number(2), number(5)]),
            try call("LEFT", [s, number(5)]), try call("RIGHT", [s, number(5)]),
            try call("TRIM", [s, text("0i")], name: "TRIM of characters"),
            try call("CONCAT", [s, text("-"), s]), try call("||", [s, s]),
            try call("CONCAT_WS", [text("-"), s, column("digits"), s]),
            try call("REPLACE", [s, text("-0"), text("+")]),
            try call("OVERLAY", [s, text("new"), number(3)]), try call("POSITION", [text("00"), s]),
            try call("LOCATE", [text("00"), s, number(3)]), try call("INSTR", [s, text("00")]),
            try call("LPAD", [s, number(20), text("*")]), try call("RPAD", [s, number(20), text("*")]),
            try call("REPEAT", [s, number(3)]), try call("SPLIT_INDEX", [column("fields"), text(","), number(3)]),
            try call("STARTSWITH", [s, text("item")]), try call("ENDSWITH", [s, text("42")]),
        ]
    }

    private static func patterns() throws -> [Figure] {
        let s = column("s")
        return [
            try call("REGEXP", [s, text("^item-0+4")]),
            try call("REGEXP", [s, text("4.*2")], name: "REGEXP not anchored"),
            try call("REGEXP_EXTRACT", [s, text("item-0*([0-9]+)"), number(1)]),
            try call("REGEXP_REPLACE", [s, text("0+"), text("_")]),
        ]
    }

    private static func times() throws -> [Figure] {
        let (ltz, moment) = (column("ltz"), column("moment"))
        let fields = [
            "YEAR", "QUARTER", "MONTH", "WEEK", "DAYOFYEAR", "DAYOFMONTH", "DAYOFWEEK", "HOUR", "MINUTE", "SECOND",
        ]
        let now = ["CURRENT_TIMESTAMP", "NOW", "CURRENT_ROW_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_DATE", "PROCTIME"]
        let format = text("yyyy-MM-dd HH:mm")
        return try fields.map { try call($0, [ltz]) } + (try now.map { try call($0, []) }) + [
            try call("EXTRACT", [ltz], unit: .hour, name: "EXTRACT(HOUR)"),
            try call("EXTRACT", [ltz], unit: .day, name: "EXTRACT(DAY)"),
            try call("FLOOR", [ltz], unit: .hour, name: "FLOOR(TO HOUR)"),
            try call("CEIL", [ltz], unit: .month, name: "CEIL(TO MONTH)"),
            try call("TIMESTAMPADD", [column("a"), ltz], unit: .minute),
            try call("TIMESTAMPDIFF", [ltz, ltz], unit: .second), try call("DATE_FORMAT", [ltz, format]),
            try call("TO_TIMESTAMP", [moment]),
            try call("TO_TIMESTAMP", [moment, text("yyyy-MM-dd HH:mm:ss")], name: "TO_TIMESTAMP with a format"),
            try call("TO_TIMESTAMP_LTZ", [column("a"), number(3)]),
            try call("TO_TIMESTAMP_LTZ", [moment], name: "TO_TIMESTAMP_LTZ(STRING)"),
            try call("TO_DATE", [column("day")]), try call("UNIX_TIMESTAMP", [moment]),
            try call("FROM_UNIXTIME", [column("a")]),
            try call("CONVERT_TZ", [moment, text("UTC"), text("America/Los_Angeles")]),
        ]
    }

    private static func conditions() throws -> [Figure] {
        let (a, b) = (column("a"), column("b"))
        return [
            try call("COALESCE", [a, b]), try call("IFNULL", [a, b]), try call("NULLIF", [a, b]),
            try call("IF", [column("p"), a, b]), try call("GREATEST", [a, b]), try call("LEAST", [a, b]),
        ]
    }
}
