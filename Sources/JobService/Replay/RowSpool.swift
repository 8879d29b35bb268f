internal import Foundation
internal import Synchronization

/// Rows on disk, split by their keys, so that two sets of rows of any size are compared one part at a time. Filled from any thread.
final class RowSpool: Sendable {
    /// A row with what is known of it.
    struct Row: Hashable {
        var key: String
        /// Empty for a delete.
        var row: String
        var isDelete = false
        /// Whether it came out only because the replay's input ended.
        var isFlushed = false
        /// The number of the epoch marker that the row belongs to; 0 where unknown.
        var marker: Int64 = 0
    }

    static let partCount = 64
    private static let bufferByteCount = 1 << 16

    private struct Part {
        var buffer: [UInt8] = []
        var file: FileHandle?
    }

    private struct State {
        var parts: [Part]
        var count = 0
    }

    private let directory: String
    private let state: Mutex<State>

    /// - Parameter directory: made, and removed with the spool.
    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        state = Mutex(State(parts: (0..<Self.partCount).map { _ in Part() }))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Rows added so far.
    var count: Int { state.withLock { $0.count } }

    func append(_ row: Row) throws {
        let part = Self.part(row.key)
        let path = "\(directory)/\(part)"
        try state.withLock { state in
            state.count += 1
            let flags: UInt8 = (row.isDelete ? 1 : 0) | (row.isFlushed ? 2 : 0)
            state.parts[part].buffer.append(flags)
            Self.append(UInt64(bitPattern: row.marker), 8, to: &state.parts[part].buffer)
            for text in [row.key, row.row] {
                Self.append(UInt64(text.utf8.count), 4, to: &state.parts[part].buffer)
                state.parts[part].buffer.append(contentsOf: text.utf8)
            }
            if state.parts[part].buffer.count >= Self.bufferByteCount { try Self.write(&state.parts[part], path) }
        }
    }

    /// The rows of one part, in the order in which they were added.
    func rows(part: Int) throws -> [Row] {
        let path = "\(directory)/\(part)"
        let bytes = try state.withLock { state -> [UInt8] in
            guard state.parts[part].file != nil else { return state.parts[part].buffer }
            try Self.write(&state.parts[part], path)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        var rows: [Row] = []
        var offset = 0
        while offset < bytes.count {
            let flags = bytes[offset]
            let marker = Int64(bitPattern: Self.read(bytes, offset + 1, 8))
            offset += 9
            var texts: [String] = []
            for _ in 0..<2 {
                let length = Int(Self.read(bytes, offset, 4))
                texts.append(String(decoding: bytes[offset + 4..<offset + 4 + length], as: UTF8.self))
                offset += 4 + length
            }
            rows.append(
                Row(key: texts[0], row: texts[1], isDelete: flags & 1 != 0, isFlushed: flags & 2 != 0, marker: marker))
        }
        return rows
    }

    private static func write(_ part: inout Part, _ path: String) throws {
        if part.file == nil {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            else { throw JobServiceError(.unavailable, "cannot create \(path) for the rows of a comparison") }
            part.file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        }
        try part.file?.write(contentsOf: Data(part.buffer))
        part.buffer.removeAll(keepingCapacity: true)
    }

    private static func part(_ key: String) -> Int {
        // FNV-1a: the same in every process.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int((hash ^ (hash >> 32)) % UInt64(partCount))
    }

    private static func append(_ value: UInt64, _ byteCount: Int, to bytes: inout [UInt8]) {
        for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }

    private static func read(_ bytes: [UInt8], _ offset: Int, _ byteCount: Int) -> UInt64 {
        (0..<byteCount).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    }
}
