internal import Columnar
package import Dataflow
package import Execution
package import Foundation

/// A job's numbers at one moment as a JSON document: the status file, and what progress lines are made of.
package struct StatusReport: Codable, Sendable, Hashable {
    /// One vertex, its subtasks together.
    package struct Vertex: Codable, Sendable, Hashable {
        package var name: String
        package var rowsIn: Int
        package var rowsOut: Int
        package var lateRows: Int
        package var deadLetters: Int
        package var skippedRows: Int
        package var stateEntries: Int
        package var stateBytes: Int
        /// Milliseconds since 1970; nil before the first watermark.
        package var watermark: Int64?
        package var isSource: Bool
        package var isSink: Bool
    }

    /// One partition of a source.
    package struct Split: Codable, Sendable, Hashable {
        package var topic: String
        package var partition: Int32
        package var nextOffset: Int64
        package var endOffset: Int64?
        package var lag: Int64?
        /// Milliseconds since 1970.
        package var watermark: Int64?
        package var isIdle: Bool
        package var hasFinished: Bool
        /// Offsets that were gone before they could be read (`scan.on-data-loss`), since the job was created.
        package var lostOffsets: Int64?
    }

    package var job: String
    package var processID: Int32
    /// Seconds since 1970.
    package var updatedAt: Double
    /// `starting`, `running`, `checkpointing`, `restarting`, `stopped`, `failed`.
    package var phase: String
    package var lineage: String
    package var epoch: Int64
    package var checkpointCount: Int
    package var lastCheckpointMilliseconds: Int
    package var lastCheckpointByteCount: Int
    package var stateByteCount: Int
    package var restartCount: Int
    package var lastError: String?
    /// Nil before the second checkpoint.
    package var checkpointPauses: PauseFigures?
    package var vertices: [Vertex]
    package var splits: [Split]

    /// - Parameter graph: what the vertices of the status are.
    package init(job: String, graph: JobGraph, _ status: CoordinatorStatus, now: Date) {
        self.job = job
        processID = ProcessInfo.processInfo.processIdentifier
        updatedAt = now.timeIntervalSince1970
        phase = status.phase.rawValue
        lineage = status.lineage
        epoch = status.epoch
        checkpointCount = status.checkpointCount
        lastCheckpointMilliseconds = status.lastCheckpointMilliseconds
        lastCheckpointByteCount = status.lastCheckpointByteCount
        stateByteCount = status.stateByteCount
        restartCount = status.restartCount
        lastError = status.lastError
        checkpointPauses = PauseFigures(status.execution?.workers ?? [])
        vertices = zip(status.execution?.vertices ?? [], graph.vertices).map(Vertex.init)
        splits = (status.execution?.vertices ?? []).flatMap(\.splits).map(Split.init)
    }

    /// Rows that the sources have delivered in this attempt.
    package var rowsIn: Int { vertices.filter(\.isSource).reduce(0) { $0 + $1.rowsOut } }
    /// Rows that the sinks have taken in this attempt, committed or not.
    package var rowsOut: Int { vertices.filter(\.isSink).reduce(0) { $0 + $1.rowsIn } }
    /// Records not read yet; nil where an end offset is not known.
    package var lag: Int64? {
        splits.reduce(Int64?(0)) { sum, split in
            guard let sum, let lag = split.lag else { return nil }
            return sum + lag
        }
    }
    /// The least watermark of the sources that have one.
    package var watermark: Int64? {
        vertices.filter { $0.isSource }.compactMap(\.watermark).min()
    }
}

extension StatusReport.Vertex {
    init(_ status: VertexStatus, _ vertex: JobVertex) {
        name = status.name
        rowsIn = status.rowsIn
        rowsOut = status.rowsOut
        lateRows = status.lateRows.reduce(0, +)
        deadLetters = status.deadLetters
        skippedRows = status.skippedRows
        stateEntries = status.stateEntries
        stateBytes = status.stateBytes
        watermark = StatusReport.milliseconds(status.watermark)
        isSource = if case .source = vertex.role { true } else { false }
        isSink = if case .sink = vertex.role { true } else { false }
    }
}

extension StatusReport.Split {
    init(_ status: SplitStatus) {
        topic = status.id.topic
        partition = status.id.partition
        nextOffset = status.nextOffset
        endOffset = status.endOffset
        lag = status.lag
        watermark = StatusReport.milliseconds(status.watermark)
        isIdle = status.isIdle
        hasFinished = status.hasFinished
        lostOffsets = status.lostCount > 0 ? status.lostCount : nil
    }
}

extension StatusReport {
    static func milliseconds(_ watermark: Timestamp?) -> Int64? {
        guard let watermark, watermark != .min, watermark != .max else { return nil }
        return watermark.microseconds / 1000
    }
}
