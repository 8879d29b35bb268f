internal import Columnar
internal import Dataflow

/// The column list of a CREATE TABLE: fields of the connector, and what has to wait until they are known.
struct TableColumns {
    struct Metadata {
        /// Position in `Result.columns`.
        let column: Int
        let key: String
        let isVirtual: Bool
        let range: SourceRange
    }

    struct Computed {
        /// Position in `Result.columns`.
        let column: Int
        let expression: ExpressionSyntax
    }

    struct Result {
        var columns: [BoundTable.Column] = []
        /// The physical columns, leaves of ROW columns one by one.
        var fields: [TableField] = []
        var metadata: [Metadata] = []
        var computed: [Computed] = []
    }

    let source: SourceText
    let syntax: CreateTableSyntax

    func bind() throws(BindingErrors) -> Result {
        var result = Result()
        var collection = ErrorCollection()
        var names: Set<String> = []
        for column in syntax.columns {
            if !names.insert(column.name.text).inserted {
                collection.add(
                    source.error(
                        .duplicateName, "column '\(column.name.text)' is declared twice", at: column.name.range))
                continue
            }
            collection.attempt { () throws(BindingErrors) in try add(column, to: &result) }
        }
        try collection.check()
        return result
    }

    private func add(_ column: CreateTableSyntax.Column, to result: inout Result) throws(BindingErrors) {
        let path = [column.name.text]
        switch column.kind {
        case .physical(let type):
            try addPhysical(path, type, isInNullableRow: false, to: &result)
        case .metadata(let type, let key, let isVirtual):
            let resolved = try TypeResolver(source: source).resolve(type)
            result.metadata.append(
                Metadata(
                    column: result.columns.count, key: key?.text ?? column.name.text, isVirtual: isVirtual,
                    range: key?.range ?? column.name.range))
            let plan = PlanColumn(path: path, type: resolved, isNullable: !type.isNotNull)
            result.columns.append(.init(plan: plan, definition: .none, isPersisted: !isVirtual))
        case .computed(let expression):
            result.computed.append(Computed(column: result.columns.count, expression: expression))
            // The type is known once the expression is.
            let plan = PlanColumn(path: path, type: .boolean, isNullable: true)
            result.columns.append(.init(plan: plan, definition: .none, isPersisted: false))
        }
    }

    /// A ROW becomes its leaves; a type that cannot be read becomes a column that only must not be used.
    private func addPhysical(
        _ path: [String], _ type: TypeSyntax, isInNullableRow: Bool, to result: inout Result
    ) throws(BindingErrors) {
        // A field of a ROW that may be missing may be missing itself.
        let isNullable = isInNullableRow || !type.isNotNull
        if case .row(let fields) = type.kind {
            for field in fields {
                try addPhysical(path + [field.name.text], field.type, isInNullableRow: isNullable, to: &result)
            }
            return
        }
        do throws(BindingErrors) {
            let resolved = try TypeResolver(source: source).resolve(type)
            let plan = PlanColumn(path: path, type: resolved, isNullable: isNullable)
            result.columns.append(.init(plan: plan, definition: .field(result.fields.count), isPersisted: true))
            result.fields.append(
                TableField(name: plan.name, type: resolved, isNullable: isNullable, origin: .payload(path: path)))
        } catch {
            guard let obstacle = error.errors.first, obstacle.code == .unsupported else { throw error }
            let plan = PlanColumn(path: path, type: .string, isNullable: true, obstacle: obstacle.message)
            result.columns.append(.init(plan: plan, definition: .none, isPersisted: true))
        }
    }
}
