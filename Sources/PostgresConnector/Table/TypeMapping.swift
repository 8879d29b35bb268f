internal import Columnar

/// The numbers of the server's built-in types (its file pg_type.dat).
enum TypeId {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
}

/// How a type of a query goes into a type of a table.
struct TypeMapping: Sendable, Equatable {
    let encoding: ColumnEncoding
    /// Whether distinct values stay distinct and equal ones equal, as a key needs.
    let isExact: Bool

    /// Nil where the type cannot be assigned.
    init?(_ type: LogicalType, to column: TableColumn) {
        guard let encoding = Self.encoding(type, column) else { return nil }
        self.encoding = encoding
        switch (type, column.typeId) {
        case (.timestamp(let precision), _), (.timestampLTZ(let precision), _):
            isExact = column.typeModifier < 0 || Int(column.typeModifier) >= precision
        case (.string, TypeId.text), (.string, TypeId.varchar), (.string, TypeId.bpchar), (.string, TypeId.uuid):
            isExact = true
        case (.string, _): isExact = column.typeKind == "e"
        default: isExact = encoding.isExact
        }
    }

    private static func encoding(_ type: LogicalType, _ column: TableColumn) -> ColumnEncoding? {
        switch (type, column.typeId) {
        case (.boolean, TypeId.bool): .boolean
        case (.int, TypeId.int2): .int32ToInt16
        case (.int, TypeId.int4): .int32
        case (.int, TypeId.int8): .int32ToInt64
        case (.int, TypeId.float8): .int32ToDouble
        case (.int, TypeId.numeric):
            .numeric(NumericLayout(precision: 10, scale: 0, column: numericModifier(column.typeModifier)))
        case (.bigint, TypeId.int2): .int64ToInt16
        case (.bigint, TypeId.int4): .int64ToInt32
        case (.bigint, TypeId.int8): .int64
        case (.bigint, TypeId.numeric):
            .numeric(NumericLayout(precision: 19, scale: 0, column: numericModifier(column.typeModifier)))
        case (.double, TypeId.float8): .double
        case (.double, TypeId.float4): .doubleToFloat4
        case (.decimal(let precision, let scale), TypeId.numeric):
            .numeric(
                NumericLayout(precision: precision, scale: scale, column: numericModifier(column.typeModifier)))
        case (.string, _): text(column)
        case (.bytes, TypeId.bytea): .bytes
        case (.date, TypeId.date): .date
        case (.timestamp, TypeId.timestamp), (.timestampLTZ, TypeId.timestamptz): .timestamp
        default: nil
        }
    }

    private static func text(_ column: TableColumn) -> ColumnEncoding? {
        switch column.typeId {
        case TypeId.text, TypeId.json: .text(maximumCharacters: nil)
        case TypeId.varchar: .text(maximumCharacters: maximumCharacters(column))
        case TypeId.bpchar: .paddedText(maximumCharacters: maximumCharacters(column))
        case TypeId.jsonb: .jsonb
        case TypeId.uuid: .uuid
        // Enums and text-like types of extensions take their text as their binary form.
        case _ where column.typeKind == "e" || column.typeCategory == "S" && column.typeId >= 16_384:
            .text(maximumCharacters: nil)
        default: nil
        }
    }

    private static func maximumCharacters(_ column: TableColumn) -> Int? {
        column.typeModifier < 4 ? nil : Int(column.typeModifier) - 4
    }

    /// Precision and scale of a numeric's modifier; nil where it has none, or a scale that the client leaves to the server.
    static func numericModifier(_ modifier: Int32) -> (precision: Int, scale: Int)? {
        guard modifier >= 4 else { return nil }
        let precision = Int((modifier - 4) >> 16) & 0xFFFF
        let scale = ((Int(modifier - 4) & 0x7FF) ^ 1024) - 1024
        guard scale >= 0, scale <= precision else { return nil }
        return (precision, scale)
    }

    /// The type of a column that is created for values of a type.
    static func created(for type: LogicalType) -> String {
        switch type {
        case .boolean: "boolean"
        case .int: "integer"
        case .bigint: "bigint"
        case .double: "double precision"
        case .decimal(let precision, let scale): "numeric(\(precision), \(scale))"
        case .string: "text"
        case .bytes: "bytea"
        case .date: "date"
        case .timestamp(let precision): "timestamp(\(precision)) without time zone"
        case .timestampLTZ(let precision): "timestamp(\(precision)) with time zone"
        }
    }

    /// The types of a table that a type of a query can go into, for messages.
    static func assignable(_ type: LogicalType) -> String {
        switch type {
        case .boolean: "boolean"
        case .int: "integer, bigint, smallint, numeric or double precision"
        case .bigint: "bigint, integer, smallint or numeric"
        case .double: "double precision or real"
        case .decimal: "numeric"
        case .string: "text, varchar, char, json, jsonb, uuid or an enum"
        case .bytes: "bytea"
        case .date: "date"
        case .timestamp: "timestamp"
        case .timestampLTZ: "timestamptz"
        }
    }
}
