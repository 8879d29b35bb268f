internal import NIOCore

/// The file of the broker's own state: entries that are appended as they happen, replaced by a snapshot when long.
final class Journal {
    private let storage: any Storage
    private var file: any StorageFile
    private let syncsAppends: Bool
    /// Bytes that the last snapshot had.
    private var snapshotSize: Int64 = 0

    private static let name = "state.journal"
    private static let nextName = "state.journal.next"
    private static let prefixByteCount = 8

    var size: Int64 { file.size }

    /// Opens the journal and hands over every entry in it; a torn end is cut off.
    init(
        storage: any Storage, syncsAppends: Bool, replay: (JournalEntry) throws(DevBrokerError) -> Void
    ) throws(DevBrokerError) {
        self.storage = storage
        self.syncsAppends = syncsAppends
        file = try storage.open(Self.name)
        var rest = try file.read(at: 0, length: Int(file.size))
        var position: Int64 = 0
        while let payload = Self.readEntry(&rest) {
            try replay(JournalEntry(decoding: payload))
            position += Int64(Self.prefixByteCount + payload.readableBytes)
        }
        if position < file.size { try file.truncate(to: position) }
    }

    func append(_ entry: JournalEntry) throws(DevBrokerError) {
        try file.append([Self.frame(entry)])
        if syncsAppends { try file.sync() }
    }

    /// Whether a snapshot would make the journal much shorter.
    func isLong(threshold: Int64) -> Bool { file.size > threshold && file.size > 4 * snapshotSize }

    /// Replaces everything by the entries given, in one step.
    func replace(by entries: [JournalEntry]) throws(DevBrokerError) {
        try storage.remove(Self.nextName)
        let next = try storage.open(Self.nextName)
        var buffers: [ByteBuffer] = []
        for entry in entries { buffers.append(try Self.frame(entry)) }
        try next.append(buffers)
        try next.sync()
        try storage.rename(Self.nextName, to: Self.name)
        file.close()
        file = next
        snapshotSize = next.size
    }

    func close() { file.close() }

    private static func frame(_ entry: JournalEntry) throws(DevBrokerError) -> ByteBuffer {
        let payload = try entry.encoded()
        var buffer = ByteBufferAllocator().buffer(capacity: payload.readableBytes + prefixByteCount)
        buffer.writeMultipleIntegers(UInt32(payload.readableBytes), CRC32C.checksum(of: payload))
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    private static func readEntry(_ buffer: inout ByteBuffer) -> ByteBuffer? {
        guard let (length, checksum) = buffer.readMultipleIntegers(as: (UInt32, UInt32).self),
            let payload = buffer.readSlice(length: Int(length)), CRC32C.checksum(of: payload) == checksum
        else { return nil }
        return payload
    }
}
