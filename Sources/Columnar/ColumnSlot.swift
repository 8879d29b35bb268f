/// The memory of one column, for code that fills a row at a time.
@usableFromInline
package struct ColumnSlot {
    /// See `Column.storage`.
    @usableFromInline
    package var storage: UnsafeMutableRawPointer
    /// See `Column.validity`.
    @usableFromInline
    package var validity: UnsafeMutablePointer<UInt64>

    @inlinable
    package init(_ column: Column) {
        storage = column.storage
        validity = column.validity
    }

    /// Marks the row's value as not null.
    @inlinable
    package func setValid(_ row: Int) {
        validity[row >> 6] |= 1 << UInt64(row & 63)
    }

    /// Marks the row's value as null.
    @inlinable
    package func setNull(_ row: Int) {
        validity[row >> 6] &= ~(1 << UInt64(row & 63))
    }

    /// Whether the row's value is not null.
    @inlinable
    package func isValid(_ row: Int) -> Bool {
        validity[row >> 6] & (1 << UInt64(row & 63)) != 0
    }
}
