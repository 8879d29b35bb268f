internal import CKafka

/// A batch of records for one partition, written as it will lie in the log. Owned by one thread at a time.
final class OutgoingBatch {
    private let frame: FrameBuffer
    private var memory: UnsafeMutableRawBufferPointer { frame.writable }
    private var writing: ckafka_writing
    /// Of the first record, in milliseconds.
    private let baseTimestamp: Int64
    private var maximumTimestamp: Int64
    /// When the first record came, on the monotonic clock.
    let opened: UInt64
    /// What stands in the header, once it is written.
    private(set) var isSealed = false

    /// - Parameters:
    ///   - frame: room for the header and the records.
    ///   - timestamp: of the first record.
    init(_ frame: FrameBuffer, timestamp: Int64, now: UInt64) {
        self.frame = frame
        baseTimestamp = timestamp
        maximumTimestamp = timestamp
        opened = now
        let start = frame.writable.baseAddress?.assumingMemoryBound(to: UInt8.self)
        writing = ckafka_writing(
            at: start.map { $0 + BatchHeader.size }, end: start.map { $0 + frame.count }, count: 0, time_delta: 0)
    }

    var recordCount: Int32 { writing.count }
    var byteCount: Int {
        guard let start = memory.baseAddress, let end = writing.at else { return 0 }
        return UnsafeRawPointer(end) - UnsafeRawPointer(start)
    }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<byteCount]) }

    /// Appends rows until one does not fit; returns how many were taken.
    func append(
        _ rows: ckafka_rows, _ order: UnsafePointer<Int32>, count: Int32, timestamp: Int64
    ) -> Int32 {
        // Clocks may go back.
        writing.time_delta = timestamp - baseTimestamp
        maximumTimestamp = max(maximumTimestamp, timestamp)
        return ckafka_rows_write(rows, order, count, &writing)
    }

    /// Appends a message with headers and a timestamp of its own; false when there is no room.
    func append(_ message: UnsafePointer<ckafka_message>, timestamp: Int64) -> Bool {
        guard let at = writing.at, let end = writing.end else { return false }
        let size = ckafka_record_write(at, end - at, message, timestamp - baseTimestamp, writing.count)
        guard size > 0 else { return false }
        writing.at = at + size
        writing.count += 1
        maximumTimestamp = max(maximumTimestamp, timestamp)
        return true
    }

    /// Writes the header: from now on the batch is what it is, however often it is sent.
    func seal(_ producer: ProducerIdentity, sequence: Int32) {
        isSealed = true
        func store(_ value: some FixedWidthInteger, _ offset: Int) {
            memory.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value.bigEndian))
        }
        store(Int64(0), 0)
        store(Int32(byteCount - BatchHeader.lengthEnd), 8)
        store(Int32(-1), 12)
        store(Int8(2), 16)
        store(Int16(producer.isTransactional ? 16 : 0), 21)
        store(writing.count - 1, 23)
        store(baseTimestamp, 27)
        store(maximumTimestamp, 35)
        store(producer.id, 43)
        store(producer.epoch, 51)
        store(sequence, 53)
        store(writing.count, 57)
        let checked = memory.baseAddress.map {
            $0.assumingMemoryBound(to: UInt8.self) + BatchHeader.checkedStart
        }
        store(checked.map { ckafka_crc32c($0, byteCount - BatchHeader.checkedStart) } ?? 0, 17)
    }
}

/// Who a cluster knows a producer as.
struct ProducerIdentity: Hashable, Sendable {
    var id: Int64
    var epoch: Int16
    /// The id under which its transactions go; nil for none.
    var transactionalID: String?

    var isTransactional: Bool { transactionalID != nil }
}
