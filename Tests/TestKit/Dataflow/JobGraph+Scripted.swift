package import Dataflow

extension JobGraph {
    /// Adds a source of `ScriptedRow`.
    ///
    /// - Returns: its vertex number, as the other methods do.
    package mutating func addSource(
        _ name: String, watermark: WatermarkStrategy? = WatermarkStrategy(column: 2, delayMicroseconds: 0),
        transform: (any OperatorFactory)? = nil, parallelism: Int? = nil
    ) -> Int {
        let spec = SourceSpec(
            table: TableDefinition(name: name, fields: [], primaryKey: [], options: [:]), fields: [])
        return add(name, .source(spec, transform: transform, watermark: watermark), [], [], parallelism)
    }

    package mutating func addOperator(
        _ name: String, from inputs: [(vertex: Int, partitioning: Partitioning)], inputNumbers: [Int]? = nil,
        parallelism: Int? = nil, _ make: @escaping @Sendable () throws -> any Operator
    ) -> Int {
        add(
            name, .operator(ScriptedFactory(name, make)),
            inputs.map { JobEdge(from: $0.vertex, partitioning: $0.partitioning) },
            inputNumbers ?? Array(inputs.indices), parallelism)
    }

    package mutating func addSink(
        _ name: String, from inputs: [(vertex: Int, partitioning: Partitioning)], output: OutputTag = .main,
        parallelism: Int? = nil
    ) -> Int {
        let spec = SinkSpec(
            table: TableDefinition(name: name, fields: [], primaryKey: [], options: [:]), fields: [],
            changelog: .appendOnly)
        return add(
            name, .sink(spec),
            inputs.map { JobEdge(from: $0.vertex, output: output, partitioning: $0.partitioning) },
            inputs.map { _ in 0 }, parallelism)
    }

    private mutating func add(
        _ name: String, _ role: JobVertex.Role, _ inputs: [JobEdge], _ inputNumbers: [Int], _ parallelism: Int?
    ) -> Int {
        vertices.append(
            JobVertex(
                uid: name, name: name, role: role, inputs: inputs, inputNumbers: inputNumbers,
                outputSchema: ScriptedRow.schema, parallelism: parallelism))
        return vertices.count - 1
    }
}
