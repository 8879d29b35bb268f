internal import Foundation

/// The memory that this process has taken and that the kernel cannot take back by dropping pages of files: heaps, stacks, tables of
/// state, the C libraries' queues.
package enum UsedMemory {
    private static let pageByteCount = sysconf(Int32(_SC_PAGESIZE))

    /// In bytes; 0 where the system does not tell.
    package static var byteCount: Int {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        return unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = unsafe read(file, buffer.baseAddress, buffer.count)
            guard count > 0 else { return 0 }
            return unsafe byteCount(statm: buffer.prefix(count), pageByteCount: pageByteCount)
        }
    }

    /// - Parameter statm: pages as /proc tells them: the whole address space, what is resident, what of that belongs to files, and more.
    package static func byteCount(statm: some Sequence<UInt8>, pageByteCount: Int) -> Int {
        var numbers = [0]
        for byte in statm where numbers.count <= 3 {
            if byte == UInt8(ascii: " ") {
                numbers.append(0)
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                numbers[numbers.count - 1] = numbers[numbers.count - 1] &* 10 &+ Int(byte &- UInt8(ascii: "0"))
            }
        }
        guard numbers.count > 2 else { return 0 }
        return max(0, numbers[1] - numbers[2]) * pageByteCount
    }
}
