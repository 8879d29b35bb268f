extension ScalarFunction {
    /// The SQL name or operator.
    package var sqlName: String {
        operatorName ?? stringName ?? numericName ?? timeName
    }

    private var operatorName: String? {
        switch self {
        case .add, .addInterval: "+"
        case .subtract, .subtractInterval, .negate: "-"
        case .multiply: "*"
        case .divide: "/"
        case .modulo: "%"
        case .equal: "="
        case .notEqual: "<>"
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .distinct: "IS DISTINCT FROM"
        case .notDistinct: "IS NOT DISTINCT FROM"
        case .isNull: "IS NULL"
        case .isNotNull: "IS NOT NULL"
        case .isTrue: "IS TRUE"
        case .isNotTrue: "IS NOT TRUE"
        case .isFalse: "IS FALSE"
        case .isNotFalse: "IS NOT FALSE"
        case .greatest: "GREATEST"
        case .least: "LEAST"
        case .like: "LIKE"
        default: nil
        }
    }

    private var stringName: String? {
        switch self {
        case .characterLength: "CHAR_LENGTH"
        case .octetLength: "OCTET_LENGTH"
        case .upper: "UPPER"
        case .lower: "LOWER"
        case .initcap: "INITCAP"
        case .trim(.both): "BTRIM"
        case .trim(.leading): "LTRIM"
        case .trim(.trailing): "RTRIM"
        case .substring: "SUBSTRING"
        case .left: "LEFT"
        case .right: "RIGHT"
        case .concat: "CONCAT"
        case .concatWithSeparator: "CONCAT_WS"
        case .replace: "REPLACE"
        case .overlay: "OVERLAY"
        case .position: "LOCATE"
        case .leftPad: "LPAD"
        case .rightPad: "RPAD"
        case .reverse: "REVERSE"
        case .repeat: "REPEAT"
        case .ascii: "ASCII"
        case .character: "CHR"
        case .splitIndex: "SPLIT_INDEX"
        case .startsWith: "STARTSWITH"
        case .endsWith: "ENDSWITH"
        case .toBase64: "TO_BASE64"
        case .fromBase64: "FROM_BASE64"
        case .hex: "HEX"
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha224: "SHA224"
        case .sha256: "SHA256"
        case .regularExpressionMatch: "REGEXP"
        case .regularExpressionExtract: "REGEXP_EXTRACT"
        case .regularExpressionReplace: "REGEXP_REPLACE"
        default: nil
        }
    }

    private var numericName: String? {
        switch self {
        case .absolute: "ABS"
        case .ceiling: "CEIL"
        case .floor: "FLOOR"
        case .sign: "SIGN"
        case .round: "ROUND"
        case .truncate: "TRUNCATE"
        case .power: "POWER"
        case .squareRoot: "SQRT"
        case .exponential: "EXP"
        case .naturalLogarithm: "LN"
        case .logarithm10: "LOG10"
        case .logarithm2: "LOG2"
        case .logarithm: "LOG"
        case .sine: "SIN"
        case .cosine: "COS"
        case .tangent: "TAN"
        case .arcSine: "ASIN"
        case .arcCosine: "ACOS"
        case .arcTangent: "ATAN"
        case .arcTangent2: "ATAN2"
        case .radians: "RADIANS"
        case .degrees: "DEGREES"
        default: nil
        }
    }

    private var timeName: String {
        switch self {
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        case .localTimestamp: "LOCALTIMESTAMP"
        case .currentDate: "CURRENT_DATE"
        case .processingTime: "PROCTIME"
        case .extract: "EXTRACT"
        case .timestampAdd: "TIMESTAMPADD"
        case .timestampDifference: "TIMESTAMPDIFF"
        case .floorTime: "FLOOR"
        case .ceilingTime: "CEIL"
        case .dateFormat: "DATE_FORMAT"
        case .toTimestamp: "TO_TIMESTAMP"
        case .toTimestampLTZ: "TO_TIMESTAMP_LTZ"
        case .toDate: "TO_DATE"
        case .unixTimestamp: "UNIX_TIMESTAMP"
        case .fromUnixTime: "FROM_UNIXTIME"
        case .convertTimeZone: "CONVERT_TZ"
        default: "?"
        }
    }
}
