/// Reads what a state wrote, checking every length.
struct SnapshotReader {
    private let bytes: UnsafeRawBufferPointer
    private let state: String
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer, state: String) {
        self.bytes = bytes
        self.state = state
    }

    var isAtEnd: Bool { offset == bytes.count }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(StateError) -> UnsafeRawPointer {
        guard count >= 0, count <= bytes.count - offset, let start = bytes.baseAddress else {
            throw corrupted("\(count) bytes wanted at \(offset) of \(bytes.count)")
        }
        defer { offset += count }
        return start + offset
    }

    mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws(StateError) -> Value {
        Value(littleEndian: try take(MemoryLayout<Value>.size).loadUnaligned(as: Value.self))
    }

    func corrupted(_ detail: String) -> StateError {
        StateError(
            .corrupted,
            "the snapshot of state \(state) cannot be read (\(detail)): restore from another checkpoint")
    }
}
