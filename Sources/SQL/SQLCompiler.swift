package import Dataflow
internal import Expressions
internal import Operators

/// Flink's SQL to a job. Pure: no I/O, no clock, no environment but the one passed in; safe to use from every thread.
package struct SQLCompiler: Sendable {
    /// Gives options of a table that replace those of its WITH clause, from outside of the file.
    package typealias OptionOverrides = @Sendable (_ table: String, _ options: [String: String]) -> [String: String]

    private let catalog: Catalog
    private let environment: [String: String]
    private let optionOverrides: OptionOverrides

    /// - Parameter environment: what `${NAME}` is replaced from.
    /// - Parameter optionOverrides: called once for each CREATE TABLE, and again where a hint changes its options.
    package init(
        catalog: Catalog, environment: [String: String],
        optionOverrides: @escaping OptionOverrides = { _, _ in [:] }
    ) {
        self.catalog = catalog
        self.environment = environment
        self.optionOverrides = optionOverrides
    }

    /// Compiles a whole file.
    ///
    /// - Parameter fileName: for messages.
    /// - Throws: everything that is wrong with it, at once where possible.
    package func compile(_ text: String, fileName: String) throws(SQLErrors) -> CompiledJob {
        let (job, errors) = translate(text, fileName: fileName)
        if !errors.isEmpty { throw SQLErrors(errors) }
        guard let job else { preconditionFailure("\(fileName) gave neither a job nor an error") }
        return job
    }

    /// Everything that is wrong with a file, in the order of the text; empty when it can be run.
    package func check(_ text: String, fileName: String) -> [SQLError] {
        let errors = translate(text, fileName: fileName).errors
        return errors.isEmpty ? [] : SQLErrors(errors).errors
    }

    private func translate(_ text: String, fileName: String) -> (job: CompiledJob?, errors: [SQLError]) {
        let (source, substitutionErrors) = SourceText.substituting(text, fileName: fileName, environment: environment)
        let parsed = Parser.parse(source)
        let (script, bindingErrors) = Binder.bind(
            parsed.statements, source, catalog, optionOverrides: optionOverrides)
        var errors = substitutionErrors + parsed.errors + bindingErrors
        if script.inserts.isEmpty, errors.isEmpty {
            errors.append(
                source.error(
                    .emptyJob, "the file has no INSERT INTO: there is nothing to run",
                    at: SourceRange(start: 0, end: 0)))
        }
        guard errors.isEmpty else { return (nil, errors) }
        return plan(script, source)
    }

    private func plan(_ script: BoundScript, _ source: SourceText) -> (job: CompiledJob?, errors: [SQLError]) {
        var planner = Planner(
            settings: script.settings, timeZone: script.timeZone,
            optionNames: catalog.connectors.mapValues(\.optionNames))
        for insert in Optimizer.optimize(script.inserts, timeZone: script.timeZone) { planner.addSink(insert) }
        let problems = planner.addDeadLetters(script.tables)
        guard problems.isEmpty else {
            let errors = problems.map { problem in
                let place =
                    switch problem.place {
                    case .table(let name): script.deadLetterPlaces[name]
                    case .setting(let key): script.settingPlaces[key]
                    }
                return source.error(
                    .invalidOption, problem.message, at: place ?? SourceRange(start: 0, end: 0), hint: problem.hint)
            }
            return (nil, errors)
        }
        let graph = JobGraph(vertices: planner.vertices)
        let explanation = Explanation(graph: graph, settings: script.settings).text
        var seen = Set<TableUse>()
        return (
            CompiledJob(
                graph: graph, settings: script.settings, explanation: explanation,
                lines: lines(planner, script, source),
                tables: planner.uses.filter { seen.insert($0).inserted }),
            []
        )
    }

    /// By vertex. What nobody wrote, such as the choice of the columns that go on, belongs to what it takes its rows from.
    private func lines(_ planner: Planner, _ script: BoundScript, _ source: SourceText) -> [[Int]] {
        var lines: [[Int]] = []
        for (index, vertex) in planner.vertices.enumerated() {
            let own = self.lines(of: index, planner, script, source)
            lines.append(own.isEmpty ? vertex.inputs.first.map { lines[$0.from] } ?? [] : own)
        }
        return lines
    }

    private func lines(
        of vertex: Int, _ planner: Planner, _ script: BoundScript, _ source: SourceText
    ) -> [Int] {
        var ranges = planner.places[vertex, default: []]
        switch planner.vertices[vertex].role {
        case .source(let spec, _, _): ranges += script.tablePlaces[spec.table.name].map { [$0] } ?? []
        case .sink(let spec): ranges += script.tablePlaces[spec.table.name].map { [$0] } ?? []
        case .operator(let factory):
            guard let lookup = factory as? LookupJoinFactory else { break }
            ranges += script.tablePlaces[lookup.lookup.table.name].map { [$0] } ?? []
        }
        var lines = Set<Int>()
        for range in ranges where range.end > range.start {
            let first = source.location(of: range).line
            let last = source.location(of: SourceRange(start: range.end - 1, end: range.end)).line
            lines.formUnion(first...max(first, last))
        }
        return lines.sorted()
    }
}
