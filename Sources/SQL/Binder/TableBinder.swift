internal import Columnar
internal import Dataflow
internal import Expressions

/// One CREATE TABLE, perhaps with the options of a hint.
struct TableBinder {
    let binder: Binder
    let syntax: CreateTableSyntax
    /// OPTIONS of a hint at the place of use; they replace those of the WITH clause.
    let hints: [OptionSyntax]

    private var source: SourceText { binder.source }
    private var name: String { syntax.name.last.text }

    func bind() throws(BindingErrors) -> BoundTable {
        if syntax.columns.isEmpty {
            throw binder.fail(.invalidTable, "table '\(name)' has no columns", syntax.name.range)
        }
        var collection = ErrorCollection()
        let options = collection.attempt { () throws(BindingErrors) in try bindOptions() }
        let columns = collection.attempt { () throws(BindingErrors) in
            try TableColumns(source: source, syntax: syntax).bind()
        }
        try collection.check()
        guard let options, let columns else { throw .alreadyReported }
        return try assemble(options, columns)
    }

    // MARK: Options

    private struct Options {
        var connector: any Connector
        var values: [String: String]
        var planner: PlannerOptions
        /// Where each one stands; not those that come from outside of the file.
        var places: [String: SourceRange]
        /// Those that come from outside of the file, whether it has them too or not.
        var outside: Set<String>

        /// Says that the file is not where an option is to be corrected.
        func hint(for option: String, of table: String) -> String? {
            outside.contains(option) ? "'\(option)' of '\(table)' comes from the environment, not from this file" : nil
        }
    }

    private func bindOptions() throws(BindingErrors) -> Options {
        var collection = ErrorCollection()
        var values: [String: String] = [:]
        var places: [String: SourceRange] = [:]
        for option in syntax.options {
            if values.updateValue(option.value.text, forKey: option.key.text) != nil {
                collection.add(
                    source.error(.duplicateName, "option '\(option.key.text)' is given twice", at: option.key.range))
            }
            places[option.key.text] = option.key.range
        }
        for option in hints {
            values[option.key.text] = option.value.text
            places[option.key.text] = option.key.range
        }
        let overrides = binder.optionOverrides(name, values)
        values.merge(overrides) { _, override in override }
        let outside = Set(overrides.keys)
        let connector = collection.attempt { () throws(BindingErrors) in
            try findConnector(values["connector"], places["connector"] ?? syntax.name.range)
        }
        var planner = PlannerOptions()
        for key in values.keys.sorted() where PlannerOptions.isKnown(key) {
            // What both have to know, such as the parallelism of a scan that is divided by it, is passed on.
            let isShared = connector?.optionNames.contains(key) ?? false
            guard let value = isShared ? values[key] : values.removeValue(forKey: key),
                let problem = planner.set(key, value)
            else { continue }
            let place = places[key] ?? syntax.name.range
            collection.add(source.error(.invalidOption, problem.message, at: place, hint: problem.hint))
        }
        try collection.check()
        guard let connector else { throw .alreadyReported }
        return Options(connector: connector, values: values, planner: planner, places: places, outside: outside)
    }

    private func findConnector(_ name: String?, _ place: SourceRange) throws(BindingErrors) -> any Connector {
        let known = binder.catalog.connectors.keys
        let list = "known connectors: \(known.sorted().joined(separator: ", "))"
        guard let name else {
            throw binder.fail(
                .invalidOption, "table '\(self.name)' has no option 'connector'", syntax.name.range, hint: list)
        }
        guard let connector = binder.catalog.connectors[name] else {
            throw binder.fail(
                .unknownName, "unknown connector '\(name)'", place,
                hint: NearestName.hint(for: name, among: known) ?? list)
        }
        return connector
    }

    // MARK: Putting together

    private func assemble(_ options: Options, _ columns: TableColumns.Result) throws(BindingErrors) -> BoundTable {
        var definition = TableDefinition(
            name: name, fields: columns.fields, primaryKey: [], options: options.values)
        let metadata = options.connector.capabilities(definition).metadata
        var collection = ErrorCollection()
        var bound: [BoundTable.Column] = columns.columns
        for pending in columns.metadata {
            collection.attempt { () throws(BindingErrors) in
                try resolve(pending, known: metadata, &definition, &bound)
            }
        }
        try collection.check()
        for pending in columns.computed {
            collection.attempt { () throws(BindingErrors) in try compute(pending, definition, &bound) }
        }
        try collection.check()
        let key = collection.attempt { () throws(BindingErrors) in try bindPrimaryKey(&bound, &definition) }
        let watermark = collection.attempt { () throws(BindingErrors) in try bindWatermark(bound) }
        try collection.check()
        definition.primaryKey = key?.map { bound[$0].plan.name } ?? []
        for problem in options.connector.problems(definition) { collection.add(error(for: problem, options)) }
        try collection.check()
        if let watermark = watermark ?? nil { bound[watermark.column].plan.role = .eventTime }
        let capabilities = options.connector.capabilities(definition)
        return BoundTable(
            definition: definition, columns: bound, watermark: watermark ?? nil, primaryKey: key ?? [],
            options: options.planner, scan: capabilities.scan, sink: capabilities.sink,
            canLookup: capabilities.canLookup, handsOnDeadLetters: capabilities.handsOnDeadLetters)
    }

    private func error(for problem: TableProblem, _ options: Options) -> SQLError {
        var place = syntax.name.range
        if let option = problem.option, let range = options.places[option] {
            place = range
        } else if let column = problem.column, let declared = syntax.columns.first(where: { $0.name.text == column }) {
            place = declared.name.range
        }
        let hint = problem.option.flatMap { options.hint(for: $0, of: name) }
        return source.error(.invalidOption, problem.message, at: place, hint: hint)
    }

    // MARK: Columns that need the others

    private func resolve(
        _ pending: TableColumns.Metadata, known: [String: ConnectorCapabilities.MetadataColumn],
        _ definition: inout TableDefinition, _ bound: inout [BoundTable.Column]
    ) throws(BindingErrors) {
        guard let native = known[pending.key] else {
            let connector = definition.options["connector"] ?? ""
            let list = known.keys.sorted().joined(separator: ", ")
            throw binder.fail(
                .unknownName, "connector '\(connector)' has no metadata '\(pending.key)'", pending.range,
                hint: NearestName.hint(for: pending.key, among: known.keys)
                    ?? (known.isEmpty ? nil : "it has \(list)"))
        }
        if !native.isWritable {
            bound[pending.column].sinkObstacle =
                "the connector cannot write metadata '\(pending.key)'; declare it VIRTUAL"
        }
        let field = definition.fields.count
        definition.fields.append(
            TableField(
                name: bound[pending.column].plan.name, type: native.type, isNullable: native.isNullable,
                origin: .metadata(key: pending.key)))
        let declared = bound[pending.column].plan.type
        bound[pending.column].plan.isNullable = native.isNullable && bound[pending.column].plan.isNullable
        if declared == native.type {
            bound[pending.column].definition = .field(field)
            return
        }
        let reference = ScalarExpression.column(
            ColumnReference(
                index: field, name: pending.key, type: native.type, isNullable: native.isNullable))
        let expressions = ExpressionBinder(source: source, scope: .empty)
        bound[pending.column].definition = .computed(
            try expressions.build(pending.range) { () throws(ExpressionError) in
                try .casting(reference, to: .value(declared))
            })
        bound[pending.column].sinkObstacle = "its metadata has the type \(native.type); declare it so"
    }

    /// Binds a computed column over the fields and the computed columns before it.
    private func compute(
        _ pending: TableColumns.Computed, _ definition: TableDefinition, _ bound: inout [BoundTable.Column]
    ) throws(BindingErrors) {
        let declared = bound
        let usable = declared.indices.filter { index in
            if case .none = declared[index].definition, declared[index].plan.obstacle == nil { false } else { true }
        }
        let scope = Scope(tables: [.init(name: name, columns: usable.map { declared[$0].plan })])
        let expression = try ExpressionBinder(source: source, scope: scope).bind(pending.expression)
        guard let type = expression.type.logical else {
            throw binder.fail(
                .typeMismatch, "a column cannot have the type \(expression.type)", pending.expression.range,
                hint: expression.type == .null ? "write CAST(NULL AS <type>)" : nil)
        }
        let overFields = expression.substitutingColumns { reference in
            switch declared[usable[reference.index]].definition {
            case .field(let field): definition.reference(field)
            case .computed(let expression): expression
            case .none: .column(reference)
            }
        }
        bound[pending.column].definition = .computed(overFields)
        bound[pending.column].plan.type = type
        bound[pending.column].plan.isNullable = expression.isNullable
        if case .call(let call) = overFields, call.function == .processingTime {
            bound[pending.column].plan.role = .processingTime
        }
    }

    // MARK: Key and watermark

    private func bindPrimaryKey(
        _ bound: inout [BoundTable.Column], _ definition: inout TableDefinition
    ) throws(BindingErrors) -> [Int] {
        guard let key = syntax.primaryKeys.first else { return [] }
        if syntax.primaryKeys.count > 1 {
            throw binder.fail(.invalidTable, "a table has one primary key", syntax.primaryKeys[1].range)
        }
        var positions: [Int] = []
        for column in key.columns {
            guard let index = bound.firstIndex(where: { $0.plan.path == [column.text] }) else {
                throw binder.fail(
                    .unknownName, "the primary key names an unknown column '\(column.text)'", column.range,
                    hint: NearestName.hint(for: column.text, among: bound.map(\.plan.name)))
            }
            guard case .field(let field) = bound[index].definition else {
                throw binder.fail(
                    .invalidTable, "column '\(column.text)' cannot be part of the primary key", column.range,
                    hint: bound[index].plan.obstacle ?? "a key has columns that the connector delivers as declared")
            }
            if positions.contains(index) {
                throw binder.fail(.duplicateName, "column '\(column.text)' is in the key twice", column.range)
            }
            bound[index].plan.isNullable = false
            definition.fields[field].isNullable = false
            positions.append(index)
        }
        return positions
    }

    private func bindWatermark(_ bound: [BoundTable.Column]) throws(BindingErrors) -> BoundTable.Watermark? {
        guard let watermark = syntax.watermarks.first else { return nil }
        if syntax.watermarks.count > 1 {
            throw binder.fail(.invalidTable, "a table has one watermark", syntax.watermarks[1].range)
        }
        let scope = Scope(tables: [.init(name: name, columns: bound.map(\.plan))])
        let column = try scope.resolve(watermark.column, source)
        let type = bound[column].plan.type
        guard type == .timestamp(precision: 3) || type == .timestampLTZ(precision: 3) else {
            throw binder.fail(
                .typeMismatch,
                "event time must be TIMESTAMP(3) or TIMESTAMP_LTZ(3), and '\(watermark.column)' is \(type)",
                watermark.column.range,
                hint: type == .bigint
                    ? "declare a column AS TO_TIMESTAMP_LTZ(\(watermark.column), 3) and the watermark for it"
                    : "declare a computed column that casts it")
        }
        let expression = try ExpressionBinder(source: source, scope: scope).bind(watermark.expression)
        guard let delay = Self.delay(expression, of: column) else {
            throw binder.fail(
                .unsupported, "this watermark expression is not supported yet", watermark.expression.range,
                hint: "write \(watermark.column) - INTERVAL '5' SECOND, or \(watermark.column)")
        }
        return BoundTable.Watermark(column: column, delayMicroseconds: delay)
    }

    /// The delay of `column` or `column - INTERVAL ...`; nil for anything else.
    private static func delay(_ expression: ScalarExpression, of column: Int) -> Int64? {
        switch expression {
        case .column(let reference) where reference.index == column: return 0
        case .call(let call) where call.function == .subtractInterval && call.arguments.count == 2:
            guard case .column(let reference) = call.arguments[0], reference.index == column,
                case .intervalMicroseconds(let delay)? = call.arguments[1].literal?.value, delay >= 0
            else { return nil }
            return delay
        default: return nil
        }
    }
}

extension TableDefinition {
    /// The field at `index` as an expression over all fields.
    func reference(_ index: Int) -> ScalarExpression {
        let field = fields[index]
        return .column(
            ColumnReference(index: index, name: field.name, type: field.type, isNullable: field.isNullable))
    }
}
