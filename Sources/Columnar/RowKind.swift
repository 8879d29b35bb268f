/// What a row of a changelog does. The raw values are part of the checkpoint format.
@usableFromInline
package enum RowKind: UInt8, Sendable {
    case insert = 0
    case updateBefore = 1
    case updateAfter = 2
    case delete = 3
}

/// The row kinds of a batch, one byte a row.
@usableFromInline
package final class RowKindColumn {
    /// `capacity` raw values of `RowKind`, all insert at first.
    @usableFromInline
    package let values: UnsafeMutablePointer<UInt8>

    @usableFromInline
    package init(capacity: Int) {
        values = .allocate(capacity: Swift.max(capacity, 1))
        values.initialize(repeating: RowKind.insert.rawValue, count: Swift.max(capacity, 1))
    }

    deinit {
        values.deallocate()
    }
}
