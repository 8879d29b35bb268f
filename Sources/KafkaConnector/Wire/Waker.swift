#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Ends the waiting of a thread that polls descriptors.
final class Waker: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(WireConnection.Broken) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system("a pipe") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Waits until a link has something to do, somebody calls `wake`, or the time has come.
    ///
    /// - Returns: by link what its socket is ready for, 0 for nothing.
    func wait(for links: [BrokerLink], until deadline: UInt64) -> [Int16] {
        var descriptors = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
        for link in links {
            descriptors.append(link.polled ?? pollfd(fd: -1, events: 0, revents: 0))
        }
        let now = monotonicNanoseconds()
        // Rounded up: who wakes too early looks once more for nothing.
        let milliseconds = deadline <= now ? 0 : min((deadline - now) / 1_000_000 + 1, 60_000)
        _ = poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds))
        if descriptors[0].revents != 0 { drain() }
        return descriptors.dropFirst().map(\.revents)
    }

    /// Waits until somebody calls `wake`, or the time has come.
    func wait(until deadline: UInt64) {
        _ = wait(for: [], until: deadline)
    }

    private func drain() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { bytes in
            while read(readEnd, bytes.baseAddress, bytes.count) == bytes.count {}
        }
    }
}
