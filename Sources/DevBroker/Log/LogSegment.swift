internal import NIOCore

/// One file of a partition's log, with a sparse index in memory.
final class LogSegment {
    /// Where a batch begins.
    struct IndexEntry {
        var baseOffset: Int64
        var position: Int64
        /// The greatest timestamp of all batches up to the next entry.
        var maxTimestamp: Int64
    }

    /// Bytes between two index entries, at least.
    static let indexInterval: Int64 = 4096

    let name: String
    let baseOffset: Int64
    let file: any StorageFile
    private(set) var index: [IndexEntry] = []
    private(set) var maxTimestamp: Int64 = -1
    private(set) var size: Int64 = 0

    init(name: String, baseOffset: Int64, file: any StorageFile) {
        self.name = name
        self.baseOffset = baseOffset
        self.file = file
    }

    /// Appends a batch whose header says where it belongs; `rest` are its bytes after the first 16.
    func append(prefix: ByteBuffer, rest: ByteBuffer, header: RecordBatchHeader) throws(DevBrokerError) {
        try file.append([prefix, rest])
        note(header)
    }

    /// Appends a whole batch as it is.
    func append(_ batch: ByteBuffer, header: RecordBatchHeader) throws(DevBrokerError) {
        try file.append([batch])
        note(header)
    }

    /// Takes in a batch that stands in the file at `size`.
    func note(_ header: RecordBatchHeader) {
        if let last = index.indices.last, size - index[last].position < Self.indexInterval {
            index[last].maxTimestamp = max(index[last].maxTimestamp, header.maxTimestamp)
        } else {
            index.append(
                IndexEntry(baseOffset: header.baseOffset, position: size, maxTimestamp: header.maxTimestamp))
        }
        maxTimestamp = max(maxTimestamp, header.maxTimestamp)
        size += Int64(header.byteCount)
    }

    /// Where to begin looking for an offset: at or before its batch.
    func position(before offset: Int64) -> Int64 {
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            if index[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : index[low - 1].position
    }

    /// Where to begin looking for the first record at or after a time; nil when there is none.
    func position(atOrAfter timestamp: Int64) -> Int64? {
        index.first { $0.maxTimestamp >= timestamp }?.position
    }

    /// Calls `body` with every batch from a position on until it returns false.
    ///
    /// - Parameter body: Gets the header and where the batch begins.
    func scan(
        from start: Int64, _ body: (RecordBatchHeader, Int64) throws(DevBrokerError) -> Bool
    ) throws(DevBrokerError) {
        var position = start
        var buffer = ByteBuffer()
        var bufferStart = start
        while position < size {
            if position + Int64(RecordBatchHeader.byteCount) > bufferStart + Int64(buffer.readableBytes) {
                buffer = try file.read(at: position, length: Self.scanByteCount)
                bufferStart = position
            }
            guard
                let header = RecordBatchHeader(buffer, at: buffer.readerIndex + Int(position - bufferStart))
            else { return }
            guard try body(header, position) else { return }
            position += Int64(header.byteCount)
        }
    }

    private static let scanByteCount = 16 * 1024
}
