#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Big pieces of memory straight from the system, in huge pages where it gives them: state is read at random, so that every second
/// read would miss the address cache with pages of 4 KiB, and what a snapshot fills is new memory, which costs a fault a page.
///
/// What is released goes back to the system at once, and never makes the allocator keep more for itself.
enum PageMemory {
    /// Pieces start at multiples of it and are multiples of it.
    static let granularity = 2 << 20

    /// `byteCount` rounded up to what `allocate` takes.
    static func rounded(_ byteCount: Int) -> Int { (byteCount + granularity - 1) & ~(granularity - 1) }

    /// Zeroed memory.
    ///
    /// - Parameter byteCount: a multiple of `granularity`.
    static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        precondition(byteCount > 0 && byteCount % granularity == 0, "\(byteCount) bytes are no whole pieces")
        #if os(Linux)
            // The system aligns to its pages only: what is too much is given back.
            let whole = byteCount + granularity
            guard
                let start = mmap(nil, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                start != MAP_FAILED
            else { preconditionFailure("the system has no \(whole >> 20) MiB of memory left") }
            let excess = UInt(bitPattern: start) % UInt(granularity)
            let skipped = excess == 0 ? 0 : granularity - Int(excess)
            if skipped > 0 { munmap(start, skipped) }
            if skipped < granularity { munmap(start + skipped + byteCount, granularity - skipped) }
            // A wish: without huge pages everything works as well.
            _ = madvise(start + skipped, byteCount, MADV_HUGEPAGE)
            return start + skipped
        #else
            let start = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: granularity)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            return start
        #endif
    }

    /// Gives back what `allocate` made with the same `byteCount`.
    static func release(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        #if os(Linux)
            munmap(start, byteCount)
        #else
            start.deallocate()
        #endif
    }
}
