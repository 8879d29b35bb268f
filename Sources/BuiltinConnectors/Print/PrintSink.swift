package import Columnar
package import Dataflow
package import Foundation
internal import Synchronization

/// Writes rows as lines of text. Lines of several subtasks do not mix.
package final class PrintSink: Sink {
    package let participant: (any CommitParticipant)? = nil
    private let schema: Schema
    private let identifier: String?
    private let output: Mutex<@Sendable (Data) throws -> Void>
    private let writerCount = Mutex(0)

    /// - Parameters:
    ///   - identifier: stands before every line, followed by `> `.
    ///   - write: takes whole lines; called by one thread at a time. May block for as long as the reader of a pipe
    ///     does.
    package init(schema: Schema, identifier: String?, write: @escaping @Sendable (Data) throws -> Void) {
        self.schema = schema
        self.identifier = identifier.flatMap { $0.isEmpty ? nil : $0 }
        output = Mutex(write)
    }

    package func start() throws {}

    package func makeWriter(subtask: Int, wakeUp: @escaping @Sendable () -> Void) throws -> any SinkWriter {
        writerCount.withLock { $0 += 1 }
        return Writer(self, subtask)
    }

    package func stop() {}

    /// As Flink has it: the number of the subtask, from 1, only where there are several.
    private func prefix(_ subtask: Int) -> String {
        let number = writerCount.withLock { $0 } > 1 ? "\(subtask + 1)" : nil
        let parts = [identifier, number].compactMap { $0 }
        return parts.isEmpty ? "" : parts.joined(separator: ":") + "> "
    }

    private final class Writer: SinkWriter {
        /// Text kept back before it is written without waiting for a nudge.
        private static let bufferedByteCount = 1 << 16

        let isReady = true
        private let sink: PrintSink
        private let subtask: Int
        private let columns: [RowText.Formatter]
        private var prefix: String?
        private var lines = ""

        init(_ sink: PrintSink, _ subtask: Int) {
            self.sink = sink
            self.subtask = subtask
            columns = sink.schema.fields.map { RowText.formatter($0.type) }
        }

        func write(_ batch: RecordBatch) throws {
            let prefix = prefix ?? sink.prefix(subtask)
            self.prefix = prefix
            batch.forEachRow { row in
                lines += prefix
                lines += RowText.sign(batch.rowKind(row))
                for (index, column) in batch.columns.enumerated() {
                    lines += index == 0 ? "[" : ", "
                    if column.isValid(row) { columns[index](column, row, &lines) } else { lines += "null" }
                }
                lines += batch.columns.isEmpty ? "[]\n" : "]\n"
            }
            if lines.utf8.count >= Writer.bufferedByteCount { try nudge() }
        }

        func nudge() throws {
            guard !lines.isEmpty else { return }
            let data = Data(lines.utf8)
            lines.removeAll(keepingCapacity: true)
            do {
                try sink.output.withLock { try $0(data) }
            } catch {
                throw DataflowError(.unavailable, "the output cannot be written to: \(error)", cause: error)
            }
        }

        func endEpoch(_ epoch: Int64) throws { try nudge() }

        func flush() throws { try nudge() }

        func close() {}
    }
}
