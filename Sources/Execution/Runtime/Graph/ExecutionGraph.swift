internal import Columnar
package import Dataflow

/// A job graph laid out in subtasks: which vertices run by direct calls in one task, and what lies between tasks. Pure
/// value.
package struct ExecutionGraph: Sendable {
    /// How rows go from the subtasks of one task to those of another.
    enum Routing: Hashable, Sendable {
        /// Subtask to subtask of the same number.
        case direct
        case hash(columns: [Int])
        case rebalance
        case broadcast
    }

    /// An edge seen from its upstream vertex.
    struct Output: Sendable {
        var to: Int
        /// The downstream operator's input number.
        var inputNumber: Int
        var tag: OutputTag
        var routing: Routing
        /// Whether the downstream vertex is called directly.
        var isChained: Bool
    }

    /// Vertices that share their subtasks.
    struct Task: Sendable {
        /// The vertex with the source or the channels.
        var head: Int
        /// In topological order, `head` first.
        var members: [Int]
        var parallelism: Int
    }

    let job: JobGraph
    /// By vertex.
    let parallelism: [Int]
    /// By upstream vertex.
    private(set) var outputs: [[Output]]
    /// In topological order of their heads.
    private(set) var tasks: [Task]
    /// The task of each vertex.
    private(set) var taskOfVertex: [Int]

    /// - Throws: `.invalidGraph` with the vertex.
    package init(_ job: JobGraph, parallelism defaultParallelism: Int) throws(ExecutionError) {
        try ExecutionGraph.check(job)
        let counts = job.vertices.map { $0.parallelism ?? defaultParallelism }
        var outputs: [[Output]] = Array(repeating: [], count: job.vertices.count)
        var tasks: [Task] = []
        var taskOfVertex: [Int] = []
        for (number, vertex) in job.vertices.enumerated() {
            var chainedTo: Int?
            for (position, edge) in vertex.inputs.enumerated() {
                let routing = ExecutionGraph.routing(edge, from: counts[edge.from], to: counts[number])
                let isChained = routing == .direct && vertex.inputs.count == 1
                if isChained { chainedTo = edge.from }
                outputs[edge.from].append(
                    Output(
                        to: number, inputNumber: vertex.inputNumbers[position], tag: edge.output, routing: routing,
                        isChained: isChained))
            }
            if let chainedTo {
                taskOfVertex.append(taskOfVertex[chainedTo])
                tasks[taskOfVertex[chainedTo]].members.append(number)
            } else {
                taskOfVertex.append(tasks.count)
                tasks.append(Task(head: number, members: [number], parallelism: counts[number]))
            }
        }
        self.job = job
        self.parallelism = counts
        self.outputs = outputs
        self.tasks = tasks
        self.taskOfVertex = taskOfVertex
    }

    private static func routing(_ edge: JobEdge, from: Int, to: Int) -> Routing {
        if from == to && (from == 1 || edge.partitioning == .forward) { return .direct }
        switch edge.partitioning {
        case .forward, .rebalance: return .rebalance
        case .hash(let columns): return .hash(columns: columns)
        case .broadcast: return .broadcast
        }
    }

    private static func check(_ job: JobGraph) throws(ExecutionError) {
        if job.vertices.isEmpty { throw ExecutionError(.invalidGraph, "the job graph has no vertices") }
        for (number, vertex) in job.vertices.enumerated() {
            if let problem = problem(number, vertex, job) {
                throw ExecutionError(
                    .invalidGraph, "vertex \(number) of the job graph \(problem)",
                    context: .init(operatorName: vertex.name))
            }
        }
        let uids = job.vertices.map(\.uid)
        if Set(uids).count != uids.count {
            throw ExecutionError(.invalidGraph, "two vertices of the job graph have the same uid")
        }
    }

    private static func problem(_ number: Int, _ vertex: JobVertex, _ job: JobGraph) -> String? {
        if vertex.inputs.count != vertex.inputNumbers.count { return "has not one input number for each edge" }
        if let parallelism = vertex.parallelism, parallelism < 1 { return "has the parallelism \(parallelism)" }
        for edge in vertex.inputs {
            guard edge.from >= 0 && edge.from < number else { return "comes before its input \(edge.from)" }
            if case .sink = job.vertices[edge.from].role, edge.output == .main {
                return "reads from the sink \(edge.from)"
            }
            if case .hash(let columns) = edge.partitioning, edge.output == .main {
                let width = job.vertices[edge.from].outputSchema.count
                if columns.isEmpty || columns.contains(where: { $0 < 0 || $0 >= width }) {
                    return "is partitioned by columns \(columns) of \(width)"
                }
            }
        }
        if case .source = vertex.role { return vertex.inputs.isEmpty ? nil : "is a source with inputs" }
        return vertex.inputs.isEmpty ? "has no inputs" : nil
    }

    /// The numbers of the operator's inputs.
    func inputNumbers(_ vertex: Int) -> [Int] { Set(job.vertices[vertex].inputNumbers).sorted() }

    /// The source vertices from which rows reach `vertex` through the input `number`.
    func sources(_ vertex: Int, input number: Int) -> Set<Int> {
        var found: Set<Int> = []
        let description = job.vertices[vertex]
        for (position, edge) in description.inputs.enumerated() where description.inputNumbers[position] == number {
            collectSources(edge.from, &found)
        }
        return found
    }

    private func collectSources(_ vertex: Int, _ found: inout Set<Int>) {
        if case .source = job.vertices[vertex].role { found.insert(vertex) }
        for edge in job.vertices[vertex].inputs { collectSources(edge.from, &found) }
    }
}
