internal import Columnar

/// The memory of one argument: read in a loop without touching a reference count. Valid while its column is held and its arena does not grow.
struct Argument: BitwiseCopyable {
    private let storage: UnsafeMutableRawPointer
    /// Of the arena; unused for values of fixed width.
    private let base: UnsafeMutablePointer<UInt8>
    private let validity: UnsafeMutablePointer<UInt64>

    init(_ column: Column) {
        storage = column.storage
        base = column.arena?.base ?? column.bools
        validity = column.validity
    }

    @inline(__always)
    func isValid(_ row: Int) -> Bool { validity[row >> 6] & (1 << UInt64(row & 63)) != 0 }

    @inline(__always)
    func int64(_ row: Int) -> Int64 { storage.assumingMemoryBound(to: Int64.self)[row] }

    @inline(__always)
    func slice(_ row: Int) -> ByteSlice { storage.assumingMemoryBound(to: ByteSlice.self)[row] }

    @inline(__always)
    func text(_ row: Int) -> UnsafeRawBufferPointer {
        let slice = slice(row)
        return UnsafeRawBufferPointer(start: base + Int(slice.offset), count: Int(slice.length))
    }
}

/// The arguments of a function, in order.
typealias Arguments = UnsafeBufferPointer<Argument>

extension Frame {
    /// Calls `body` with the operands' columns and the memory of each.
    @inline(__always)
    func withArguments(_ operands: [Operand], _ body: (_ columns: [Column], _ arguments: Arguments) -> Void) {
        let columns = operands.map { self[$0] }
        withUnsafeTemporaryAllocation(of: Argument.self, capacity: columns.count) { buffer in
            for (position, column) in columns.enumerated() {
                buffer.initializeElement(at: position, to: Argument(column))
            }
            withExtendedLifetime(columns) { body(columns, Arguments(buffer)) }
        }
    }
}
