package import Columnar

/// How rows travel along an edge.
package enum Partitioning: Hashable, Sendable {
    /// To the subtask of the same number; edges between vertices of different parallelism are rebalanced instead.
    case forward
    /// By key group of the columns (positions in the upstream output).
    case hash(columns: [Int])
    /// Batches in turn.
    case rebalance
    /// Every batch to every subtask.
    case broadcast
}

/// Which output of a vertex an edge carries.
package enum OutputTag: Hashable, Sendable {
    case main
    case deadLetters
}

/// A stream of batches from one vertex to an input of another.
package struct JobEdge: Hashable, Sendable {
    /// Position of the upstream vertex in `JobGraph.vertices`; always smaller than the downstream's.
    package var from: Int
    /// Which of the upstream vertex's outputs.
    package var output: OutputTag
    /// Which downstream subtask gets a row.
    package var partitioning: Partitioning

    package init(from: Int, output: OutputTag = .main, partitioning: Partitioning) {
        self.from = from
        self.output = output
        self.partitioning = partitioning
    }
}

/// One step of a job; runs as `parallelism` subtasks.
package struct JobVertex: Sendable {
    /// What the subtasks of a vertex do.
    package enum Role: Sendable {
        /// A scan, then `transform` (computed columns, in the source's subtask) for every batch, then the watermark.
        case source(SourceSpec, transform: (any OperatorFactory)?, watermark: WatermarkStrategy?)
        case `operator`(any OperatorFactory)
        case sink(SinkSpec)
    }

    /// Stable over restarts as long as the SQL means the same: state and offsets are found by it.
    package var uid: String
    /// For people.
    package var name: String
    package var role: Role
    /// In the order of the operator's input numbers; several edges may share one input number by `inputNumbers`.
    package var inputs: [JobEdge]
    /// The operator's input number of each edge: UNION ALL is two edges with the same number.
    package var inputNumbers: [Int]
    /// Of the batches on the main output.
    package var outputSchema: Schema
    /// Nil: the job's.
    package var parallelism: Int?

    package init(
        uid: String, name: String, role: Role, inputs: [JobEdge], inputNumbers: [Int], outputSchema: Schema,
        parallelism: Int? = nil
    ) {
        self.uid = uid
        self.name = name
        self.role = role
        self.inputs = inputs
        self.inputNumbers = inputNumbers
        self.outputSchema = outputSchema
        self.parallelism = parallelism
    }
}

/// What a job does: vertices in topological order. Pure value; the planner makes it, Execution runs it.
package struct JobGraph: Sendable {
    /// Upstream before downstream.
    package var vertices: [JobVertex]

    package init(vertices: [JobVertex]) {
        self.vertices = vertices
    }
}
