/// CREATE TABLE ... LIKE: what the new table takes over of the other one.
struct TableMerge {
    let binder: Binder
    let syntax: CreateTableSyntax

    private typealias Like = CreateTableSyntax.LikeClause

    /// The statement as if everything had been written in it.
    func merged() throws(BindingErrors) -> CreateTableSyntax {
        guard let like = syntax.like else { return syntax }
        guard case .table(_, let other) = try binder.entry(like.table) else {
            throw binder.fail(.unsupported, "'\(like.table)' is a view; LIKE needs a table", like.table.range)
        }
        if like.rules.contains(where: { $0.feature == .partitions }) {
            throw binder.fail(.unsupported, "LIKE with PARTITIONS is not supported yet", like.table.range)
        }
        return CreateTableSyntax(
            name: syntax.name, isTemporary: syntax.isTemporary, ifNotExists: syntax.ifNotExists,
            columns: try columns(of: other, like), watermarks: try watermarks(of: other, like),
            primaryKeys: primaryKeys(of: other, like), comment: syntax.comment ?? other.comment,
            options: try options(of: other, like), like: nil)
    }

    /// The rule of a feature: its own, else that of ALL, else Flink's default.
    private func strategy(_ feature: Like.Feature, _ like: Like) -> Like.Strategy {
        let own = like.rules.last { $0.feature == feature } ?? like.rules.last { $0.feature == .all }
        return own?.strategy ?? (feature == .options ? .overwriting : .including)
    }

    private func columns(
        of other: CreateTableSyntax, _ like: Like
    ) throws(BindingErrors) -> [CreateTableSyntax.Column] {
        var taken: [CreateTableSyntax.Column] = []
        for column in other.columns {
            let strategy: Like.Strategy =
                switch column.kind {
                case .physical: .including
                case .computed: strategy(.generated, like)
                case .metadata: strategy(.metadata, like)
                }
            if strategy == .excluding { continue }
            if let own = syntax.columns.first(where: { $0.name.text == column.name.text }) {
                if strategy == .overwriting { continue }
                throw binder.fail(
                    .duplicateName, "column '\(own.name.text)' is in '\(like.table)' too", own.name.range)
            }
            taken.append(column)
        }
        return taken + syntax.columns
    }

    private func watermarks(
        of other: CreateTableSyntax, _ like: Like
    ) throws(BindingErrors) -> [CreateTableSyntax.Watermark] {
        guard let own = syntax.watermarks.first else {
            return strategy(.watermarks, like) == .excluding ? [] : other.watermarks
        }
        if strategy(.watermarks, like) == .including, !other.watermarks.isEmpty {
            throw binder.fail(
                .duplicateName, "'\(like.table)' has a watermark too", own.range, hint: "write OVERWRITING WATERMARKS")
        }
        return syntax.watermarks
    }

    private func primaryKeys(of other: CreateTableSyntax, _ like: Like) -> [CreateTableSyntax.PrimaryKey] {
        strategy(.constraints, like) == .excluding ? syntax.primaryKeys : other.primaryKeys + syntax.primaryKeys
    }

    private func options(of other: CreateTableSyntax, _ like: Like) throws(BindingErrors) -> [OptionSyntax] {
        let strategy = strategy(.options, like)
        if strategy == .excluding { return syntax.options }
        var taken: [OptionSyntax] = []
        for option in other.options {
            if let own = syntax.options.first(where: { $0.key.text == option.key.text }) {
                if strategy == .overwriting { continue }
                throw binder.fail(
                    .duplicateName, "option '\(own.key.text)' is in '\(like.table)' too", own.key.range,
                    hint: "write OVERWRITING OPTIONS")
            }
            taken.append(option)
        }
        return taken + syntax.options
    }
}
