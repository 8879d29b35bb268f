package import Columnar

/// A table that is written, one per sink vertex. Called from the control thread; calls may block.
package protocol Sink: AnyObject, Sendable {
    /// The system whose transaction the rows become visible with; sinks of one job on one system share it. Nil where rows are visible as
    /// they are written (`print`, `blackhole`, delivery guarantee at-least-once or none).
    var participant: (any CommitParticipant)? { get }

    /// Checks the target against the sink's schema, and creates it where the options say so.
    func start() throws

    /// - Parameter wakeUp: called from any thread when a writer that was not ready is ready again.
    func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter

    func stop()
}

/// One subtask of a sink; all calls come from one worker thread. None blocks, but for `flush`.
package protocol SinkWriter: AnyObject {
    /// Whether `write` may be called; false is the back-pressure.
    var isReady: Bool { get }

    func write(_ batch: RecordBatch) throws

    /// Rows that the last `write` left out, rows of `DeadLetter.schema`: for a sink that hands its dead letters on.
    func takeDeadLetters() -> RecordBatch?

    /// Sends on what is buffered; called when the worker has nothing else to do, so that thin traffic is not late.
    func nudge() throws

    /// All rows written so far belong to `epoch`, later ones to the next. For writers with a participant, its `prepare(epoch)` waits for
    /// what they hand over.
    func endEpoch(_ epoch: Int64) throws

    /// For writers without a participant: returns when all rows written so far are acknowledged by the target. May block.
    func flush() throws

    func close()

    /// Bytes that rows became in the target's form since the writer was made; 0 where that is not known.
    var writtenByteCount: Int { get }
}

extension SinkWriter {
    package var writtenByteCount: Int { 0 }
    package func takeDeadLetters() -> RecordBatch? { nil }
}
