/// The rows of a batch that are still in play, in ascending order without repeats.
@usableFromInline
package final class SelectionVector {
    /// `count` row numbers.
    @usableFromInline
    package let indices: UnsafeMutablePointer<Int32>
    @usableFromInline
    package let count: Int

    /// Takes over `indices`, which was allocated by `UnsafeMutablePointer.allocate`.
    @usableFromInline
    package init(adopting indices: UnsafeMutablePointer<Int32>, count: Int) {
        self.indices = indices
        self.count = count
    }

    @usableFromInline
    package convenience init(_ rows: [Int32]) {
        let memory = UnsafeMutablePointer<Int32>.allocate(capacity: Swift.max(rows.count, 1))
        for (position, row) in rows.enumerated() { memory[position] = row }
        self.init(adopting: memory, count: rows.count)
    }

    deinit {
        indices.deallocate()
    }
}
