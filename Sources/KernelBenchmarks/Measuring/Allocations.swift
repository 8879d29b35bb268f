internal import Glibc
internal import Synchronization

/// Counts calls of malloc, calloc, realloc, aligned_alloc and posix_memalign in this process, by all threads, whoever makes
/// them: our code, the Swift runtime, librdkafka, libpq.
///
/// Each loaded object calls them through a slot of its own, which the loader has filled in. While something is counted, the
/// slots hold functions that count and then call what was there. Calls within libc itself have no slot.
package enum Allocations {
    private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
    private typealias AllocateTwo = @convention(c) (Int, Int) -> UnsafeMutableRawPointer?
    private typealias Reallocate = @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer?
    private typealias AllocateInto = @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Int32

    private static let counted = Atomic<Int>(0)
    /// The addresses of libc's functions.
    private static let mallocAddress = Atomic<UInt>(0)
    private static let callocAddress = Atomic<UInt>(0)
    private static let reallocAddress = Atomic<UInt>(0)
    private static let alignedAddress = Atomic<UInt>(0)
    private static let memalignAddress = Atomic<UInt>(0)

    /// Runs `body` and answers how often memory was allocated meanwhile; nil where the slots are not found.
    package static func count(_ body: () throws -> Void) rethrows -> Int? {
        let replaced = replacements().flatMap { one in
            SymbolSlots.of(one.name).map { (slot: $0, old: $0.pointee, new: one.function) }
        }
        guard !replaced.isEmpty else {
            try body()
            return nil
        }
        let before = counted.load(ordering: .relaxed)
        for one in replaced { one.slot.pointee = one.new }
        defer { for one in replaced { one.slot.pointee = one.old } }
        try body()
        return counted.load(ordering: .relaxed) - before
    }

    /// Looks up libc's functions and answers, by their names, the ones that count.
    private static func replacements() -> [(name: String, function: UInt)] {
        for (name, address) in [
            ("malloc", 0), ("calloc", 1), ("realloc", 2), ("aligned_alloc", 3), ("posix_memalign", 4),
        ] {
            let bits = UInt(bitPattern: dlsym(nil, name))
            guard bits != 0 else { return [] }
            switch address {
            case 0: mallocAddress.store(bits, ordering: .relaxed)
            case 1: callocAddress.store(bits, ordering: .relaxed)
            case 2: reallocAddress.store(bits, ordering: .relaxed)
            case 3: alignedAddress.store(bits, ordering: .relaxed)
            default: memalignAddress.store(bits, ordering: .relaxed)
            }
        }
        let malloc: Allocate = { byteCount in
            Allocations.counted.add(1, ordering: .relaxed)
            return unsafeBitCast(Allocations.mallocAddress.load(ordering: .relaxed), to: Allocate.self)(byteCount)
        }
        let calloc: AllocateTwo = { count, size in
            Allocations.counted.add(1, ordering: .relaxed)
            return unsafeBitCast(Allocations.callocAddress.load(ordering: .relaxed), to: AllocateTwo.self)(count, size)
        }
        let realloc: Reallocate = { old, byteCount in
            Allocations.counted.add(1, ordering: .relaxed)
            return unsafeBitCast(Allocations.reallocAddress.load(ordering: .relaxed), to: Reallocate.self)(
                old, byteCount)
        }
        let aligned: AllocateTwo = { alignment, byteCount in
            Allocations.counted.add(1, ordering: .relaxed)
            return unsafeBitCast(Allocations.alignedAddress.load(ordering: .relaxed), to: AllocateTwo.self)(
                alignment, byteCount)
        }
        let memalign: AllocateInto = { result, alignment, byteCount in
            Allocations.counted.add(1, ordering: .relaxed)
            return unsafeBitCast(Allocations.memalignAddress.load(ordering: .relaxed), to: AllocateInto.self)(
                result, alignment, byteCount)
        }
        return [
            ("malloc", unsafeBitCast(malloc, to: UInt.self)), ("calloc", unsafeBitCast(calloc, to: UInt.self)),
            ("realloc", unsafeBitCast(realloc, to: UInt.self)),
            ("aligned_alloc", unsafeBitCast(aligned, to: UInt.self)),
            ("posix_memalign", unsafeBitCast(memalign, to: UInt.self)),
        ]
    }
}
