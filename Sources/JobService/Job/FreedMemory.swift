internal import StateBackends

#if canImport(Glibc)
    internal import Glibc
#endif

/// Memory that was freed and that the allocator keeps for itself.
enum FreedMemory {
    /// glibc's own limit is eight for each core, and each keeps what its busiest moment took.
    private static let arenaCount: Int32 = 2
    /// `M_ARENA_MAX` of glibc's malloc.h.
    private static let arenaMaximum: Int32 = -8

    /// Keeps the allocator's arenas few; before the threads of a job start.
    static func limit() {
        #if canImport(Glibc)
            guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
            let set = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
            _ = set(arenaMaximum, arenaCount)
        #endif
    }

    /// Gives it back to the system; a few milliseconds at most.
    ///
    /// What piles up while a system is away, or a backlog is read, comes from all of the allocator's arenas, one for nearly each
    /// thread, and stays in them when it is freed: under the soak's faults 368 MB were kept for 52 MB in use.
    static func giveBack() {
        SnapshotMemory.giveBack()
        _ = trim?(0)
    }

    /// glibc's `malloc_trim`, which no module shows; other systems have none and need none.
    private static let trim: (@convention(c) (Int) -> Int32)? = {
        #if canImport(Glibc)
            guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return nil }
            return unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        #else
            nil
        #endif
    }()
}
