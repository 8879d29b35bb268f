package import Columnar
package import Expressions

/// What a query means, as a tree of relational steps. Equal trees are one step of the job, so that inserts share what
/// they have in common.
package indirect enum LogicalPlan: Hashable, Sendable {
    case scan(Scan)
    case filter(Filter)
    case project(Project)
    case rowNumber(RowNumber)
    case latest(Latest)
    case join(Join)
    /// The rows of all inputs, at least two, of equal types.
    case union([LogicalPlan])

    /// Rows of a table.
    package struct Scan: Hashable, Sendable {
        package var table: BoundTable
        /// Positions of the table's columns that are put out, ascending.
        package var columnIndices: [Int]
        /// Whether the scan's rows advance event time.
        package var hasWatermark: Bool
        package var places = WrittenPlaces()
    }

    /// The rows for which a condition is true.
    package struct Filter: Hashable, Sendable {
        package var input: LogicalPlan
        package var condition: ScalarExpression
        /// Whether the other rows go on as deletes of their key, which takes back what passed before: for streams of
        /// updates. Otherwise they are left out.
        package var deletesOthers = false
        package var places = WrittenPlaces()
    }

    /// One row for each row.
    package struct Project: Hashable, Sendable {
        /// One column of the result and what it is computed from.
        package struct Item: Hashable, Sendable {
            package var path: [String]
            package var expression: ScalarExpression

            package init(path: [String], expression: ScalarExpression) {
                self.path = path
                self.expression = expression
            }
        }

        package var input: LogicalPlan
        package var items: [Item]
        package var places = WrittenPlaces()
    }

    /// The input's columns and ROW_NUMBER() OVER (PARTITION BY keys ORDER BY time DESC). Cannot be run; becomes
    /// `Latest`.
    package struct RowNumber: Hashable, Sendable {
        package var input: LogicalPlan
        package var keys: [Int]
        package var order: Int
        package var range: SourceRange
    }

    /// The row of each key that is latest by event time: a versioned table. Only the right side of a temporal join can
    /// be one.
    package struct Latest: Hashable, Sendable {
        package var input: LogicalPlan
        package var keys: [Int]
        package var time: Int
        package var range: SourceRange
    }
}

extension LogicalPlan {
    /// A join FOR SYSTEM_TIME AS OF: each left row with at most one version of each right key, or with what a lookup
    /// finds.
    package struct Join: Hashable, Sendable {
        /// Which rows of the right side a left row finds.
        package enum Strategy: Hashable, Sendable {
            /// The version that was valid at the left row's event time. Positions in the left and right columns.
            case versioned(leftTime: Int, rightTime: Int)
            /// The current row of an upsert table, kept as state.
            case current
            /// The rows that the right table's system answers with.
            case lookup
        }

        package var strategy: Strategy
        /// Whether left rows without a match are put out with nulls.
        package var isOuter: Bool
        package var left: LogicalPlan
        package var right: LogicalPlan
        /// Positions in the left columns, pairwise equal to `rightKeys` in the right ones and of the same types.
        package var leftKeys: [Int]
        package var rightKeys: [Int]
        /// What ON asks beyond equal keys, over the left columns followed by the right ones; not true means no match.
        /// Of an inner join it is a filter above.
        package var residual: ScalarExpression?
        /// The columns put out: positions in the left columns followed by the right ones.
        package var output: [Int]
        /// From the hint PARALLELISM.
        package var parallelism: Int?
        package var places = WrittenPlaces()
        /// Where the choice of `output` is written, where that is a select list of its own.
        package var outputPlaces = WrittenPlaces()

        /// All columns that could be put out.
        package var candidates: [PlanColumn] {
            let right = right.columns.map { column in
                var column = column
                column.role = nil
                return isOuter ? column.asOuterSide() : column
            }
            return left.columns + right
        }
    }

    /// What the node puts out, in order.
    package var columns: [PlanColumn] {
        switch self {
        case .scan(let scan): scan.columnIndices.map { scan.table.columns[$0].plan }
        case .filter(let filter): filter.input.columns
        case .project(let project): project.columns
        case .rowNumber(let rowNumber):
            rowNumber.input.columns
                + [PlanColumn(path: ["ROW_NUMBER"], type: .bigint, isNullable: false, role: .rowNumber)]
        case .latest(let latest): latest.input.columns
        case .join(let join):
            join.output.map { join.candidates[$0] }
        case .union(let inputs): Self.unionColumns(inputs.map(\.columns))
        }
    }

    package var schema: Schema { Schema(columns.map(\.field)) }

    /// The column at `index` as an expression.
    package func column(_ index: Int) -> ScalarExpression {
        columns[index].reference(at: index)
    }

    private static func unionColumns(_ inputs: [[PlanColumn]]) -> [PlanColumn] {
        inputs[0].enumerated().map { index, first in
            var column = first
            column.isNullable = inputs.contains { $0[index].isNullable }
            if !inputs.allSatisfy({ $0[index].role == first.role }) { column.role = nil }
            return column
        }
    }
}

extension LogicalPlan.Project {
    package var columns: [PlanColumn] {
        let input = input.columns
        return items.map { item in
            let role = item.expression.columnIndex.flatMap { input[$0].role }
            return PlanColumn(
                path: item.path, type: item.expression.type.storage, isNullable: item.expression.isNullable, role: role)
        }
    }
}

extension PlanColumn {
    /// The column as an expression over a row in which it stands at `index`.
    package func reference(at index: Int) -> ScalarExpression {
        .column(ColumnReference(index: index, name: name, type: type, isNullable: isNullable))
    }
}

extension ScalarExpression {
    /// The column's position when the expression is nothing but a column.
    package var columnIndex: Int? {
        if case .column(let reference) = self { reference.index } else { nil }
    }
}
