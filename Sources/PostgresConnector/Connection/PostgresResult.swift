internal import CPostgres

/// What a statement answered: rows and columns of text or binary cells. Freed with its owner.
package struct PostgresResult: ~Copyable {
    private let handle: OpaquePointer

    /// Takes over a result of libpq.
    init(taking handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    package var rowCount: Int { Int(PQntuples(handle)) }

    package var columnCount: Int { Int(PQnfields(handle)) }

    /// How many rows a statement changed; 0 for those that change none.
    package var affectedRowCount: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// The command that was carried out, such as `COMMIT`.
    package var commandTag: String { String(cString: PQcmdStatus(handle)) }

    /// A cell of a text result; nil for NULL. Rows and columns count from 0.
    package func text(_ row: Int, _ column: Int) -> String? {
        precondition(row < rowCount && column < columnCount, "cell (\(row), \(column)) outside the result")
        if PQgetisnull(handle, Int32(row), Int32(column)) != 0 { return nil }
        return String(cString: PQgetvalue(handle, Int32(row), Int32(column)))
    }

    /// A cell of a text result that the query never leaves empty.
    package func required(_ row: Int, _ column: Int) throws(PostgresConnectorError) -> String {
        guard let value = text(row, column) else {
            throw PostgresConnectorError(.internalError, "column \(column + 1) of an answer is empty")
        }
        return value
    }

    /// A cell as it came; nil for NULL. The bytes live as long as the result.
    func cell(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        var length: Int32 = 0
        guard let bytes = millrace_pg_cell(handle, Int32(row), Int32(column), &length) else { return nil }
        return UnsafeRawBufferPointer(start: bytes, count: Int(length))
    }

    /// The status by which libpq names the kind of answer.
    var status: ExecStatusType { PQresultStatus(handle) }

    /// The error of a failed statement.
    ///
    /// The server's words stay out of `message` for classes 22 and 23, where they quote values.
    func failure(isConnectionLost: Bool) -> PostgresConnectorError {
        var fields = millrace_pg_diagnosis()
        millrace_pg_diagnose(handle, &fields)
        func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
        let words = [text(fields.primary), text(fields.detail), text(fields.hint), text(fields.context)]
        let serverMessage = words.compactMap { $0 }.joined(separator: "; ")
        guard let state = text(fields.sqlstate).map({ SQLState($0) }) else {
            return PostgresConnectorError(
                .connectionFailed, "the connection to PostgreSQL was lost", serverMessage: serverMessage)
        }
        let place = [
            text(fields.table).map { "table \($0)" }, text(fields.column).map { "column \($0)" },
            text(fields.constraint).map { "constraint \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
        switch state.reaction {
        case .rowRefused:
            return PostgresConnectorError(
                .rowRefused, "PostgreSQL refused a row" + (place.isEmpty ? "" : " (\(place))"), sqlState: state,
                serverMessage: serverMessage)
        case .retryTransaction:
            return PostgresConnectorError(
                .transactionConflict, "the transaction conflicts with another one", sqlState: state,
                serverMessage: serverMessage)
        case .retry, .refuse:
            let said = text(fields.primary) ?? "no reason given"
            let code: PostgresConnectorError.Code = isConnectionLost ? .connectionFailed : .statementFailed
            return PostgresConnectorError(
                code, "PostgreSQL refused a statement: \(said)", sqlState: state, serverMessage: serverMessage)
        }
    }
}
