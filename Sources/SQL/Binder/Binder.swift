internal import Columnar
internal import Dataflow
internal import Expressions

/// An INSERT INTO with everything resolved.
package struct BoundInsert: Hashable, Sendable {
    /// Puts out exactly the columns of `fields`, of their types.
    package var plan: LogicalPlan
    package var table: BoundTable
    /// Positions in `table.definition.fields`.
    package var fields: [Int]
    package var places = WrittenPlaces()
}

/// What a file means.
struct BoundScript: Sendable {
    var settings: JobSettings
    /// `table.local-time-zone`, UTC where the file does not say.
    var timeZone: SessionTimeZone
    var inserts: [BoundInsert]
    /// Declared tables by name.
    var tables: [String: BoundTable] = [:]
    /// The statements that declare tables, by the tables' names.
    var tablePlaces: [String: SourceRange] = [:]
    /// Where each table says which table takes its dead letters.
    var deadLetterPlaces: [String: SourceRange] = [:]
    /// Where each setting was given its value.
    var settingPlaces: [String: SourceRange] = [:]
}

/// Gives names and types to statements, in their order. What is wrong is collected: a statement that fails does not
/// keep the next ones from being looked at, and what depends on a broken one is not reported again.
struct Binder {
    enum Entry {
        case table(BoundTable, CreateTableSyntax)
        case view(LogicalPlan)
        /// Its own definition was wrong and has been reported.
        case broken
    }

    let source: SourceText
    let catalog: Catalog
    /// Options of a table that replace those of the WITH clause.
    let optionOverrides: SQLCompiler.OptionOverrides
    var entries: [String: Entry] = [:]
    var settings = JobSettings()
    private var settingPlaces: [String: SourceRange] = [:]
    private var tablePlaces: [String: SourceRange] = [:]
    var timeZone = SessionTimeZone.utc
    var inserts: [BoundInsert] = []
    private var errors: [SQLError] = []

    init(source: SourceText, catalog: Catalog, optionOverrides: @escaping SQLCompiler.OptionOverrides) {
        self.source = source
        self.catalog = catalog
        self.optionOverrides = optionOverrides
    }

    /// Binds all statements of a file.
    static func bind(
        _ statements: [StatementSyntax], _ source: SourceText, _ catalog: Catalog,
        optionOverrides: @escaping SQLCompiler.OptionOverrides
    ) -> (script: BoundScript, errors: [SQLError]) {
        var binder = Binder(source: source, catalog: catalog, optionOverrides: optionOverrides)
        for statement in statements {
            do throws(BindingErrors) {
                try binder.bind(statement)
            } catch {
                binder.errors += error.errors
            }
        }
        var script = BoundScript(settings: binder.settings, timeZone: binder.timeZone, inserts: binder.inserts)
        script.settingPlaces = binder.settingPlaces
        script.tablePlaces = binder.tablePlaces
        for case (let name, .table(let table, let syntax)) in binder.entries {
            script.tables[name] = table
            let option = syntax.options.first { $0.key.text == Planner.deadLetterOption }
            script.deadLetterPlaces[name] = option?.value.range ?? syntax.name.range
        }
        return (script, binder.errors)
    }

    private mutating func bind(_ statement: StatementSyntax) throws(BindingErrors) {
        switch statement.kind {
        case .createTable(let syntax):
            try createTable(syntax)
            tablePlaces[syntax.name.last.text] = statement.range
        case .createView(let syntax): try createView(syntax)
        case .drop(let syntax): try drop(syntax)
        case .set(let option): try set(option)
        case .insert(let insert): try bindInsert(insert)
        case .statementSet(let set):
            var collection = ErrorCollection()
            for insert in set {
                collection.attempt { () throws(BindingErrors) in try bindInsert(insert) }
            }
            try collection.check()
        }
    }

    // MARK: Names

    /// The name of a table or view, with the default catalog and database taken off.
    func localName(_ path: PathSyntax) throws(BindingErrors) -> String {
        let qualifiers = path.parts.dropLast().map(\.text)
        guard [[], ["default_database"], ["default_catalog", "default_database"]].contains(qualifiers) else {
            throw fail(
                .unsupported, "catalogs and databases are not supported yet", path.range,
                hint: "write `\(path.last.text)`")
        }
        return path.last.text
    }

    /// The table or view of that name.
    func entry(_ path: PathSyntax) throws(BindingErrors) -> Entry {
        let name = try localName(path)
        switch entries[name] {
        case .broken: throw .alreadyReported
        case .some(let entry): return entry
        case nil:
            throw fail(
                .unknownName, "unknown table or view '\(name)'", path.range,
                hint: NearestName.hint(for: name, among: entries.keys)
                    ?? (entries.isEmpty ? "declare it with CREATE TABLE" : nil))
        }
    }

    private mutating func createTable(_ syntax: CreateTableSyntax) throws(BindingErrors) {
        let name = try localName(syntax.name)
        guard try isNew(name, syntax.name, ifNotExists: syntax.ifNotExists) else { return }
        entries[name] = .broken
        let merged = try TableMerge(binder: self, syntax: syntax).merged()
        let table = try TableBinder(binder: self, syntax: merged, hints: []).bind()
        entries[name] = .table(table, merged)
    }

    private mutating func createView(_ syntax: CreateViewSyntax) throws(BindingErrors) {
        let name = try localName(syntax.name)
        guard try isNew(name, syntax.name, ifNotExists: syntax.ifNotExists) else { return }
        entries[name] = .broken
        let query = try bindQuery(syntax.query)
        entries[name] = .view(try renaming(query.plan, syntax.columns, of: syntax.name.last))
    }

    /// `plan` with the names of a column list, when there is one.
    func renaming(
        _ plan: LogicalPlan, _ columns: [NameSyntax], of view: NameSyntax
    ) throws(BindingErrors) -> LogicalPlan {
        if columns.isEmpty { return plan }
        let names = try renamed(plan.columns, columns, at: view.range).map(\.path)
        let items = names.enumerated().map { index, path in
            LogicalPlan.Project.Item(path: path, expression: plan.column(index))
        }
        return .project(.init(input: plan, items: items))
    }

    private func isNew(_ name: String, _ path: PathSyntax, ifNotExists: Bool) throws(BindingErrors) -> Bool {
        guard entries[name] != nil else { return true }
        if ifNotExists { return false }
        throw fail(.duplicateName, "there is a table or view '\(name)' already", path.range)
    }

    private mutating func drop(_ syntax: DropSyntax) throws(BindingErrors) {
        let name = try localName(syntax.name)
        switch (entries[name], syntax.kind) {
        case (.view, .table):
            throw fail(.unknownName, "'\(name)' is a view", syntax.name.range, hint: "write DROP VIEW")
        case (.table, .view):
            throw fail(.unknownName, "'\(name)' is a table", syntax.name.range, hint: "write DROP TABLE")
        case (nil, _) where syntax.ifExists: return
        case (nil, _): _ = try entry(syntax.name)
        default: entries[name] = nil
        }
    }

    private mutating func set(_ option: OptionSyntax) throws(BindingErrors) {
        settingPlaces[option.key.text] = option.value.range
        guard let refusal = settings.set(option.key.text, option.value.text) else {
            guard option.key.text == "table.local-time-zone" else { return }
            do throws(ExpressionError) {
                timeZone =
                    try settings.localTimeZone.map { (name) throws(ExpressionError) in try SessionTimeZone(name) }
                    ?? .utc
            } catch {
                throw fail(.invalidOption, error.message, option.value.range)
            }
            return
        }
        throw fail(
            refusal.isUnknownKey ? .unknownName : .invalidOption, refusal.message,
            refusal.isUnknownKey ? option.key.range : option.value.range, hint: refusal.hint)
    }

    /// `columns` with the names of a column list; a ROW has one name and keeps those of its fields.
    func renamed(
        _ columns: [PlanColumn], _ names: [NameSyntax], at range: SourceRange
    ) throws(BindingErrors) -> [PlanColumn] {
        var rest = names[...]
        var renamed: [PlanColumn] = []
        for (index, column) in columns.enumerated() {
            let isSameRow =
                index > 0 && column.path.count > 1 && columns[index - 1].path.count > 1
                && columns[index - 1].path[0] == column.path[0]
            var column = column
            guard let name = isSameRow ? renamed.last?.path[0] : rest.popFirst()?.text else { break }
            column.path[0] = name
            renamed.append(column)
        }
        guard renamed.count == columns.count, rest.isEmpty else {
            let count = ColumnShape.shapes(columns.map(\.path)).count
            throw fail(
                .typeMismatch, "the column list has \(names.count) of the query's \(count) columns",
                names[0].range.through(names[names.count - 1].range),
                hint: "its columns: \(columns.map(\.name).joined(separator: ", "))")
        }
        return renamed
    }

    func fail(
        _ code: SQLError.Code, _ message: String, _ range: SourceRange, hint: String? = nil
    ) -> BindingErrors {
        BindingErrors(source.error(code, message, at: range, hint: hint))
    }
}
