package import Foundation

/// Files that people name: read whole, but not without end.
package enum BoundedFile {
    /// A job's SQL.
    package static let maximumJobByteCount = 16 << 20
    /// The value of one variable.
    package static let maximumValueByteCount = 1 << 20

    /// Why a file was not read.
    package enum Failure: Error {
        case unreadable
        /// It has more bytes than the limit.
        case tooLarge
    }

    /// The content of a file of at most `limit` bytes; of one that never ends, such as a device, no more is read.
    package static func read(_ path: String, limit: Int) throws(Failure) -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .unreadable }
        defer { try? file.close() }
        var content = Data()
        while content.count <= limit {
            let part: Data?
            do { part = try file.read(upToCount: limit + 1 - content.count) } catch { throw .unreadable }
            guard let part, !part.isEmpty else { return content }
            content += part
        }
        throw .tooLarge
    }
}
