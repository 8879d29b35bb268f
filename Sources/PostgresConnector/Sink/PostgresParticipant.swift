internal import Columnar
package import Dataflow
package import StateBackends

/// One PostgreSQL database as a party to a job's commits. All `postgres` sinks of a run that write to it share it.
package final class PostgresParticipant: CommitParticipant {
    package let id: String
    let session: SinkSession

    init(id: String, session: SinkSession) {
        self.id = id
        self.session = session
    }

    deinit {
        // Nobody may have come to close what a failed start left behind.
        session.requestClose()
    }

    /// Offsets fit into the transaction, but a Kafka cluster of the same job goes first.
    package var deciderRank: Int { 10 }

    package func fence(_ job: JobIdentity) throws -> FencedState {
        guard case .fenced(let fence) = try call(.fence) else { throw Self.wrongAnswer }
        guard let entry = fence.entry else { return .empty }
        if let strangeness = fence.strangeness { return .foreign(strangeness) }
        var offsets: [SplitID: Int64] = [:]
        for offset in entry.offsets {
            offsets[SplitID(topic: offset.topic, partition: offset.partition)] = offset.next
        }
        return .committed(
            CommittedEpoch(
                lineage: entry.lineage, epoch: entry.epoch, manifestDigestPrefix: entry.manifestDigest,
                offsets: offsets))
    }

    package func redo(epoch: Int64) throws -> SnapshotBuffer {
        guard case .redo(let buffer) = try call(.redo(epoch: epoch)) else { throw Self.wrongAnswer }
        return buffer
    }

    package func prepare(epoch: Int64) throws {
        _ = try call(.prepare(epoch: epoch))
    }

    package func commit(_ record: EpochRecord) throws(CommitFailure) {
        do {
            _ = try session.call(.commit(BookkeepingEntry(record)))
        } catch {
            let wrapped = DataflowError(error)
            switch error.code {
            case .inDoubt: throw .inDoubt(wrapped)
            case .fenced: throw .fenced(wrapped)
            default: throw .aborted(wrapped)
            }
        }
    }

    package func abort() {
        // An abort cannot fail: what cannot be rolled back is gone with its connection.
        _ = try? session.call(.abort)
    }

    package func applyRedo(_ redo: UnsafeRawBufferPointer, record: EpochRecord) throws {
        _ = try call(.applyRedo([UInt8](redo), BookkeepingEntry(record)))
    }

    package func close() {
        session.close()
    }

    private func call(_ command: SinkCommand) throws(DataflowError) -> SinkSession.SinkAnswer {
        do {
            return try session.call(command)
        } catch {
            throw DataflowError(error)
        }
    }

    private static var wrongAnswer: DataflowError {
        DataflowError(.internal, "the PostgreSQL session gave the answer to another question")
    }
}

extension BookkeepingEntry {
    init(_ record: EpochRecord) {
        self.init(
            lineage: record.lineage, epoch: record.epoch, manifestDigest: record.manifestDigest,
            offsets: record.splits.map { Offset(topic: $0.id.topic, partition: $0.id.partition, next: $0.nextOffset) })
    }
}

extension DataflowError {
    /// The connector's error as the runtime knows it; the connector's own is the cause.
    init(_ error: PostgresConnectorError) {
        let code: Code =
            switch error.code {
            case .fenced: .fenced
            case .connectionFailed, .transactionConflict, .inDoubt, .statementFailed:
                error.isRetriable || error.code == .inDoubt
                    ? .unavailable : error.sqlState?.mayBeOfOneRow == true ? .rowUnknown : .invalidConfiguration
            case .rowRefused: .invalidData
            case .tooManyRefused: .limitExceeded
            case .configuration, .tableMismatch, .epochTooLarge: .invalidConfiguration
            case .lineageMismatch, .redoUnreadable: .refused
            case .internalError: .internal
            }
        self.init(code, error.description, context: error.context, cause: error)
    }
}
