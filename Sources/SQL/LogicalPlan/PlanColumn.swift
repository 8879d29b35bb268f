package import Columnar

/// A column of what a plan node puts out.
package struct PlanColumn: Hashable, Sendable {
    /// What a column means beyond its value.
    package enum Role: Hashable, Sendable {
        /// Event time: its source's watermark speaks of it.
        case eventTime
        /// A PROCTIME() column.
        case processingTime
        /// The number that ROW_NUMBER() gave.
        case rowNumber
    }

    /// The column's name; for a leaf of a ROW column the names from the column down to it.
    package var path: [String]
    package var type: LogicalType
    package var isNullable: Bool
    package var role: Role?
    /// Why the column cannot be read, for types that Millrace does not have; using it is an error, declaring it is
    /// none.
    package var obstacle: String?

    package init(
        path: [String], type: LogicalType, isNullable: Bool, role: Role? = nil, obstacle: String? = nil
    ) {
        self.path = path
        self.type = type
        self.isNullable = isNullable
        self.role = role
        self.obstacle = obstacle
    }

    /// The path in one, `payload.user.id`.
    package var name: String { path.joined(separator: ".") }

    package var field: Field { Field(name, type, isNullable: isNullable) }

    /// The same values as what an outer join puts out when it finds nothing.
    func asOuterSide() -> PlanColumn {
        PlanColumn(path: path, type: type, isNullable: true, role: nil, obstacle: obstacle)
    }
}
