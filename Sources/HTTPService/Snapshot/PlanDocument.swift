/// What a job does, as it was compiled: does not change while it runs.
package struct PlanDocument: Codable, Sendable, Hashable {
    package struct Vertex: Codable, Sendable, Hashable {
        package var id: String
        package var name: String
        package var role: String
        /// One line, then further ones: keys, state, retention, expressions.
        package var summary: String
        package var details: [String]
        package var inputs: [Input]
        /// Lines of the SQL text that became this vertex, from 1 on; a line may have become several.
        package var lines: [Int]

        package init(
            id: String, name: String, role: String, summary: String, details: [String], inputs: [Input], lines: [Int]
        ) {
            self.id = id
            self.name = name
            self.role = role
            self.summary = summary
            self.details = details
            self.inputs = inputs
            self.lines = lines
        }
    }

    package struct Input: Codable, Sendable, Hashable {
        /// Position of the upstream vertex.
        package var from: Int
        /// `main` or `deadLetters`.
        package var output: String
        /// `forward`, `hash`, `rebalance`, `broadcast`.
        package var partitioning: String
        /// The operator's input number: 0 left, 1 right.
        package var number: Int

        package init(from: Int, output: String, partitioning: String, number: Int) {
            self.from = from
            self.output = output
            self.partitioning = partitioning
            self.number = number
        }
    }

    package var job: String
    /// The SQL file as commands take it, from the root of the file system on.
    package var file: String
    /// As it was written: variables are not substituted, so that it holds no secrets that the environment gave.
    package var sql: String
    package var explanation: String
    package var vertices: [Vertex]

    package init(job: String, file: String, sql: String, explanation: String, vertices: [Vertex]) {
        self.job = job
        self.file = file
        self.sql = sql
        self.explanation = explanation
        self.vertices = vertices
    }
}

/// A setting in force, secrets masked.
package struct ConfigurationEntry: Codable, Sendable, Hashable {
    package var variable: String
    package var value: String
    package var meaning: String

    package init(variable: String, value: String, meaning: String) {
        self.variable = variable
        self.value = value
        self.meaning = meaning
    }
}
