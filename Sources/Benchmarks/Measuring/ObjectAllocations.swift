internal import Glibc
internal import Synchronization

/// Counts the objects that Swift code allocates: class instances, buffers of arrays and strings, closures, boxes. Memory
/// that is allocated raw is not among them, nor what C libraries allocate.
enum ObjectAllocations {
    private typealias Allocate = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

    private static let counted = Atomic<Int>(0)
    /// The runtime's own function, as bits.
    private static let original = Atomic<UInt>(0)

    /// Runs `body` and answers how many objects all threads allocated meanwhile; nil where the runtime has no hook.
    static func count(_ body: () throws -> Void) rethrows -> Int? {
        // What Instruments uses: a flag, and a function that is then called instead of the runtime's own.
        guard let flag = symbol("_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly"),
            let hook = symbol("_swift_allocObject")?.assumingMemoryBound(to: UInt.self)
        else {
            try body()
            return nil
        }
        original.store(hook.pointee, ordering: .relaxed)
        let before = counted.load(ordering: .relaxed)
        let counting: Allocate = { metadata, byteCount, alignment in
            ObjectAllocations.counted.wrappingAdd(1, ordering: .relaxed)
            let bits = ObjectAllocations.original.load(ordering: .relaxed)
            return unsafeBitCast(bits, to: Allocate.self)(metadata, byteCount, alignment)
        }
        hook.pointee = unsafeBitCast(counting, to: UInt.self)
        flag.storeBytes(of: 1, as: UInt8.self)
        defer {
            flag.storeBytes(of: 0, as: UInt8.self)
            hook.pointee = original.load(ordering: .relaxed)
        }
        try body()
        return counted.load(ordering: .relaxed) - before
    }

    private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        dlsym(nil, name)
    }
}
