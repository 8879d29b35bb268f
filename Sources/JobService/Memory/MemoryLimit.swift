internal import Foundation

/// The memory that this process may take for itself.
package enum MemoryLimit {
    /// With less no job gets anywhere.
    package static let least = 64 << 20

    /// Nine tenths of what the container may have; nil outside of one, or where it has no limit.
    package static var ofContainer: Int? {
        // A container sees its own group as the root, of version 2 or 1.
        let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        return files.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }.first
            .flatMap(byteCount(controlGroupLimit:))
    }

    /// Nine tenths of a control group's limit: the rest is for files that are mapped, the kernel's share and what rises between two looks.
    ///
    /// - Parameter controlGroupLimit: the content of the limit's file: bytes or `max`; version 1 says a number beyond all memory for none.
    package static func byteCount(controlGroupLimit: String) -> Int? {
        guard let limit = Int(controlGroupLimit.trimmingCharacters(in: .whitespacesAndNewlines)), limit > 0,
            limit < 1 << 60
        else { return nil }
        return limit / 10 * 9
    }
}
