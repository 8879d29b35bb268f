import PostgresConnector

/// The rows of an epoch as bytes: read to their end, or refused.
enum RedoFuzz {
    static func run(_ bytes: [UInt8]) throws {
        let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { exact.deallocate() }
        exact.copyBytes(from: bytes)
        guard let summary = try? RedoSummary(of: UnsafeRawBufferPointer(exact)) else { return }
        try FuzzFinding.check(
            summary.tupleByteCount <= bytes.count, "\(summary) of \(bytes.count) bytes")
    }

    private static func integer<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func text(_ text: String) -> [UInt8] {
        integer(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    static func seeds() throws -> [[UInt8]] {
        let magic = integer(0x314F_4445_5247_504D as UInt64)
        let rows: [UInt8] =
            [1] + text("\"t\"(\"id\":20:int8)/1") + [0] + integer(2 as UInt32) + integer(4 as UInt32)
            + integer(0 as UInt32) + [1, 2, 3, 4]
        let letter: [UInt8] =
            [2] + text("millrace") + text("dead_letters") + text("t") + text("postgres.22003")
            + text("too large") + text("{}")
        return [
            magic + [0] + integer(0 as UInt32), magic + rows + [0] + integer(1 as UInt32),
            magic + letter + rows + [0] + integer(2 as UInt32),
        ]
    }
}
