/// Why a value cannot go into its column, found before it is sent. The raw values are 1 and up: 0 means none.
package enum RefusalReason: UInt8, Sendable {
    case nullInNotNullColumn = 1
    case nulByteInText
    case numberOutOfRange
    case textTooLong
    case notAUuid
    case timeOutOfRange
    /// Only the server knew: see the state.
    case refusedByServer

    /// The state that the server would have answered with.
    package var sqlState: SQLState {
        switch self {
        case .nullInNotNullColumn: SQLState("23502")
        case .nulByteInText: SQLState("22021")
        case .numberOutOfRange: SQLState("22003")
        case .textTooLong: SQLState("22001")
        case .notAUuid: SQLState("22P02")
        case .timeOutOfRange: SQLState("22008")
        case .refusedByServer: SQLState("22000")
        }
    }

    /// The reason in words, without values.
    package var text: String {
        switch self {
        case .nullInNotNullColumn: "a NULL for a column that is NOT NULL"
        case .nulByteInText: "a NUL character, which PostgreSQL's text cannot hold"
        case .numberOutOfRange: "a number outside the column's range"
        case .textTooLong: "a text longer than the column"
        case .notAUuid: "a text that is no uuid"
        case .timeOutOfRange: "a time outside the column's range"
        case .refusedByServer: "a value that PostgreSQL refused"
        }
    }
}
