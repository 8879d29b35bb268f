/// One statement of a pipeline with its text parameters; nil is NULL.
package struct PipelinedStatement: Sendable {
    package let sql: String
    package let parameters: [String?]

    package init(_ sql: String, _ parameters: [String?] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
