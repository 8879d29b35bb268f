/// What a table found for the rows of a batch. Scratch memory of the caller, filled again for every batch; the pointers
/// are valid until the table is written to.
@usableFromInline
package final class TableMatches {
    /// Rows of a batch that it has room for.
    package let capacity: Int
    /// By row number: the packed key and the packed values.
    @usableFromInline let keys: UnsafeMutablePointer<UnsafeRawPointer?>
    @usableFromInline let values: UnsafeMutablePointer<UnsafeRawPointer?>

    package init(capacity: Int) {
        self.capacity = capacity
        keys = .allocate(capacity: Swift.max(1, capacity))
        values = .allocate(capacity: Swift.max(1, capacity))
        keys.initialize(repeating: nil, count: Swift.max(1, capacity))
        values.initialize(repeating: nil, count: Swift.max(1, capacity))
    }

    deinit {
        keys.deallocate()
        values.deallocate()
    }

    /// Whether something was found for a row of the batch that was asked for.
    @inlinable
    package func isMatched(_ row: Int) -> Bool { values[row] != nil }

    /// Makes a row one that nothing was found for.
    @inlinable
    package func removeMatch(_ row: Int) {
        keys[row] = nil
        values[row] = nil
    }

    func removeAll(_ rowCount: Int) {
        precondition(rowCount <= capacity, "\(rowCount) rows for \(capacity) matches")
        keys.update(repeating: nil, count: rowCount)
        values.update(repeating: nil, count: rowCount)
    }
}
