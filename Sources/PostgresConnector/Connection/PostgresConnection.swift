internal import CPostgres
package import Dataflow
internal import Failpoints
internal import Glibc

/// One session with a PostgreSQL server. Owned by one thread at a time; every call blocks until the server has answered.
package final class PostgresConnection {
    private let handle: OpaquePointer
    /// The server's version, such as 150020.
    package let serverVersion: Int
    /// Kept for libpq, which holds it unretained until the session ends.
    private let notices: NoticeBox

    /// Connects and sets the session up.
    ///
    /// - Parameter notices: takes what the server says beside its answers, as warnings of triggers; on the calling thread.
    /// - Throws: `.connectionFailed` (retriable unless the server refused the user or the database), `.statementFailed`.
    package init(
        _ parameters: ConnectionParameters, session: SessionSettings,
        notices: @escaping @Sendable (LogEvent) -> Void = { _ in }
    ) throws(PostgresConnectorError) {
        var parameters = parameters
        parameters.setLivenessDefaults()
        parameters.set("application_name", session.applicationName)
        let box = NoticeBox(notices)
        let opened = Self.open(parameters, box)
        guard let opened else {
            throw PostgresConnectorError(.internalError, "libpq could not allocate a connection")
        }
        guard PQstatus(opened) == CONNECTION_OK else {
            let error = ConnectionRefusal(opened, parameters).error
            PQfinish(opened)
            throw error
        }
        handle = opened
        self.notices = box
        serverVersion = Int(PQserverVersion(opened))
        _ = try execute(session.statements)
        if session.purpose == .writing { try checkWritable() }
    }

    /// - Throws: `.connectionFailed`, which may be tried again, from a server that takes no writes.
    private func checkWritable() throws(PostgresConnectorError) {
        let row = try execute("SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')")
        if row.text(0, 0) == "t" {
            throw PostgresConnectorError(
                .connectionFailed,
                "the server is a standby (pg_is_in_recovery) and takes no writes before it is promoted; name the primary, or "
                    + "several hosts, in the url")
        }
        guard row.text(0, 1) == "off" else {
            throw PostgresConnectorError(
                .connectionFailed,
                "transactions on this server are read-only (default_transaction_read_only is on for the server, the database "
                    + "or the user): set it to off for this user, ALTER ROLE ... SET default_transaction_read_only = off"
            )
        }
    }

    /// The number of the server's process behind this session.
    package var processID: Int32 { PQbackendPID(handle) }

    deinit {
        PQfinish(handle)
    }

    /// Whether the session has been lost; every further call fails.
    package var isLost: Bool { PQstatus(handle) != CONNECTION_OK }

    /// The number of the session's socket: shutting it down ends a call that waits.
    package var socket: Int32 { PQsocket(handle) }

    /// Whether a transaction is open, be it failed or not.
    package var isInTransaction: Bool {
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE
    }

    /// Runs one or several statements without parameters and answers the last one's result as text.
    @discardableResult
    package func execute(_ sql: String) throws(PostgresConnectorError) -> PostgresResult {
        try check(PQexec(handle, sql))
    }

    /// Runs one statement with text parameters (nil is NULL) and answers its result as text.
    @discardableResult
    package func query(_ sql: String, _ parameters: [String?]) throws(PostgresConnectorError) -> PostgresResult {
        let copies = parameters.map { text in text.map { strdupPointer($0) } }
        defer { for copy in copies { copy?.deallocate() } }
        let pointers = copies.map { $0.map { UnsafePointer($0) } }
        return try check(
            PQexecParams(handle, sql, Int32(parameters.count), nil, pointers, nil, nil, 0))
    }

    /// The same, for a statement that may have to wait: calls `waiting` each time another `interval` has passed without an
    /// answer.
    func query(
        _ sql: String, _ parameters: [String?], every interval: Duration, waiting: () -> Void
    ) throws(PostgresConnectorError) -> PostgresResult {
        let copies = parameters.map { text in text.map { strdupPointer($0) } }
        defer { for copy in copies { copy?.deallocate() } }
        let pointers = copies.map { $0.map { UnsafePointer($0) } }
        guard PQsendQueryParams(handle, sql, Int32(parameters.count), nil, pointers, nil, nil, 0) == 1 else {
            throw lost()
        }
        while PQisBusy(handle) == 1 {
            var place = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let count = poll(&place, 1, Int32(interval.milliseconds))
            if count == 0 { waiting() }
            if count > 0, PQconsumeInput(handle) == 0 { throw lost() }
        }
        let first = PQgetResult(handle)
        while let further = PQgetResult(handle) { PQclear(further) }
        return try check(first)
    }

    /// Parses a statement once under a name of this session.
    package func prepare(_ name: String, _ sql: String) throws(PostgresConnectorError) {
        _ = try check(PQprepare(handle, name, sql, 0, nil))
    }

    /// Runs a prepared statement with binary parameters and answers its result in binary.
    func queryPrepared(
        _ name: String, _ parameters: [UnsafeRawBufferPointer]
    ) throws(PostgresConnectorError) -> PostgresResult {
        let pointers = parameters.map { $0.baseAddress?.assumingMemoryBound(to: CChar.self) }
        let lengths = parameters.map { Int32($0.count) }
        let formats = [Int32](repeating: 1, count: parameters.count)
        return try check(PQexecPrepared(handle, name, Int32(parameters.count), pointers, lengths, formats, 1))
    }

    /// Sends several statements at once and waits for all of them: one round trip. Nothing is answered.
    ///
    /// - Throws: The first statement's error; those after it were not run.
    package func pipeline(_ statements: [PipelinedStatement]) throws(PostgresConnectorError) {
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        defer { PQexitPipelineMode(handle) }
        for statement in statements {
            let copies = statement.parameters.map { text in text.map { strdupPointer($0) } }
            defer { for copy in copies { copy?.deallocate() } }
            let pointers = copies.map { $0.map { UnsafePointer($0) } }
            guard PQsendQueryParams(handle, statement.sql, Int32(copies.count), nil, pointers, nil, nil, 0) == 1 else {
                throw lost()
            }
        }
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        var first: PostgresConnectorError?
        while true {
            guard let answer = PQgetResult(handle) else {
                if isLost { throw first ?? lost() }
                continue
            }
            let result = PostgresResult(taking: answer)
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                if let first { throw first }
                return
            case PGRES_FATAL_ERROR: first = first ?? result.failure(isConnectionLost: isLost)
            default: break
            }
            if isLost { throw first ?? lost() }
        }
    }

    /// Starts a COPY FROM STDIN. `sql` may hold statements before the COPY, which are run first.
    package func beginCopy(_ sql: String) throws(PostgresConnectorError) {
        let result = try check(PQexec(handle, sql))
        guard result.status == PGRES_COPY_IN else {
            throw PostgresConnectorError(.internalError, "the statement did not start a COPY")
        }
    }

    /// Sends bytes of the COPY that was begun.
    func putCopy(_ bytes: UnsafeRawBufferPointer) throws(PostgresConnectorError) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        guard millrace_pg_put_copy(handle, start.assumingMemoryBound(to: UInt8.self), bytes.count) == 0 else {
            throw lost()
        }
    }

    /// Ends the COPY and answers how many rows the table took.
    package func endCopy() throws(PostgresConnectorError) -> Int {
        guard PQputCopyEnd(handle, nil) == 1 else { throw lost() }
        var count = 0
        var failure: PostgresConnectorError?
        while let answer = PQgetResult(handle) {
            let result = PostgresResult(taking: answer)
            switch result.status {
            case PGRES_COMMAND_OK: count = result.affectedRowCount
            default: failure = failure ?? result.failure(isConnectionLost: isLost)
            }
            if isLost { break }
        }
        if let failure { throw failure }
        return count
    }

    /// Commits the open transaction.
    ///
    /// - Throws: `.inDoubt` when the answer is missing or the session ended with it; any other error means that the
    ///   transaction was rolled back.
    package func commit() throws(PostgresConnectorError) {
        let result: PostgresResult
        do {
            result = try sendCommit()
        } catch {
            guard isLost || error.code == .connectionFailed else { throw error }
            throw PostgresConnectorError(
                .inDoubt, "the connection was lost while a transaction was being committed; its outcome is unknown",
                sqlState: error.sqlState, serverMessage: error.serverMessage, cause: error)
        }
        guard result.commandTag == "COMMIT" else {
            throw PostgresConnectorError(.statementFailed, "the transaction had failed before and was rolled back")
        }
    }

    private func sendCommit() throws(PostgresConnectorError) -> PostgresResult {
        // A time-out must not end the wait for a standby: the server would then answer as if all were well.
        guard PQsendQuery(handle, "SET LOCAL statement_timeout = 0; COMMIT") == 1 else { throw lost() }
        // The answer may come while this process stands still, or after its connection is gone.
        if !Failpoint.postgresCommitSent.passes() { shutdown(socket, Int32(SHUT_RDWR)) }
        var last: PostgresResult?
        var failure: PostgresConnectorError?
        while let answer = PQgetResult(handle) {
            do throws(PostgresConnectorError) {
                last = try check(answer)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        guard let last, !isLost else { throw lost() }
        return last
    }

    private func check(_ answer: OpaquePointer?) throws(PostgresConnectorError) -> PostgresResult {
        guard let answer else { throw lost() }
        let result = PostgresResult(taking: answer)
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_EMPTY_QUERY: return result
        default: throw result.failure(isConnectionLost: isLost)
        }
    }

    private func lost() -> PostgresConnectorError {
        PostgresConnectorError(
            .connectionFailed, "the connection to PostgreSQL was lost",
            serverMessage: String(cString: PQerrorMessage(handle)))
    }

    private static func open(_ parameters: ConnectionParameters, _ notices: NoticeBox) -> OpaquePointer? {
        let pairs = parameters.values.sorted { $0.key < $1.key }
        let keywords = pairs.map { strdupPointer($0.key) }
        let values = pairs.map { strdupPointer($0.value) }
        defer { for copy in keywords + values { copy.deallocate() } }
        return millrace_pg_connect(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], NoticeBox.receive,
            notices.context)
    }
}

/// A copy of the text that ends with a zero byte; the caller deallocates it.
private func strdupPointer(_ text: String) -> UnsafeMutablePointer<CChar> {
    var text = text
    return text.withUTF8 { bytes in
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        for index in 0..<bytes.count { copy[index] = CChar(bitPattern: bytes[index]) }
        copy[bytes.count] = 0
        return copy
    }
}
