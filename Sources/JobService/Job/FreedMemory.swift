#if canImport(Glibc)
    internal import Glibc
#endif

/// Memory that was freed and that the allocator keeps for itself.
enum FreedMemory {
    /// Gives it back to the system.
    ///
    /// What has piled up while a system was away is freed in all the allocator's arenas, one for nearly each thread, and would stay
    /// there: measured under the soak's faults, three times what the job needs.
    static func giveBack() { _ = trim?(0) }

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
