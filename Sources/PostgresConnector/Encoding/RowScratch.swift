/// What the encoder notes for each row of the batch at hand, by row number. Owned by one thread.
final class RowScratch {
    /// Rows that there is room for.
    let capacity: Int
    /// Bytes of the row's tuple.
    let sizes: UnsafeMutablePointer<Int>
    /// Where the row's next field goes.
    let cursors: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// Why the row is refused, as `RefusalReason` numbers it; 0: it is not.
    let reasons: UnsafeMutablePointer<UInt8>
    /// Which column is at fault for that.
    let culprits: UnsafeMutablePointer<Int32>
    /// Three lists of row numbers; see `RowLists`.
    let accepted: UnsafeMutablePointer<Int32>
    let valued: UnsafeMutablePointer<Int32>
    let deleted: UnsafeMutablePointer<Int32>

    init(capacity: Int) {
        self.capacity = capacity
        sizes = .allocate(capacity: capacity)
        cursors = .allocate(capacity: capacity)
        reasons = .allocate(capacity: capacity)
        culprits = .allocate(capacity: capacity)
        accepted = .allocate(capacity: capacity)
        valued = .allocate(capacity: capacity)
        deleted = .allocate(capacity: capacity)
    }

    deinit {
        sizes.deallocate()
        cursors.deallocate()
        reasons.deallocate()
        culprits.deallocate()
        accepted.deallocate()
        valued.deallocate()
        deleted.deallocate()
    }
}
