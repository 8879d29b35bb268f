/// Dates and times as text, for constants and messages.
enum TimeText {
    static func date(_ days: Int32) -> String {
        write { ByteWriter.date(Int64(days), into: $0) }
    }

    static func timestamp(_ microseconds: Int64, precision: Int) -> String {
        write { ByteWriter.timestamp(microseconds, precision: precision, into: $0) }
    }

    private static func write(_ body: (UnsafeMutablePointer<UInt8>) -> Int) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            return String(decoding: UnsafeBufferPointer(start: base, count: body(base)), as: UTF8.self)
        }
    }
}
