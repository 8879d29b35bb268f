internal import Glibc

/// The slots through which the loaded objects call a function of another object (ELF, 64 bits: the generic ABI's dynamic
/// section and relocations with addends).
enum SymbolSlots {
    /// Tags of the dynamic section.
    private enum Tag {
        static let pltByteCount: Int64 = 2
        static let strings: Int64 = 5
        static let symbols: Int64 = 6
        static let relocations: Int64 = 7
        static let relocationByteCount: Int64 = 8
        static let pltRelocations: Int64 = 23
    }

    /// Types of relocation that put a function's address into a slot, the data kind and the call kind.
    private static var slotTypes: [UInt64] {
        #if arch(x86_64)
            [6, 7]
        #else
            [1025, 1026]
        #endif
    }

    private static let relocationStride = 24
    private static let symbolStride = 24

    /// The slots of `name` in all objects, made writable.
    static func of(_ name: String) -> [UnsafeMutablePointer<UInt>] {
        // What dlopen returns is the loader's list of objects: base address, name, dynamic section, next.
        guard let first = dlopen(nil, RTLD_NOW) else { return [] }
        defer { dlclose(first) }
        var slots: [UnsafeMutablePointer<UInt>] = []
        var object: UnsafeMutableRawPointer? = first
        while let current = object {
            let base = current.load(as: UInt.self)
            if let dynamic = current.load(fromByteOffset: 16, as: UnsafeRawPointer?.self) {
                slots += self.slots(of: name, base: base, dynamic: dynamic)
            }
            object = current.load(fromByteOffset: 24, as: UnsafeMutableRawPointer?.self)
        }
        for slot in slots { makeWritable(slot) }
        return slots
    }

    private static func slots(of name: String, base: UInt, dynamic: UnsafeRawPointer) -> [UnsafeMutablePointer<UInt>] {
        var entries: [Int64: UInt] = [:]
        var place = dynamic
        while place.load(as: Int64.self) != 0 {
            entries[place.load(as: Int64.self)] = place.load(fromByteOffset: 8, as: UInt.self)
            place += 16
        }
        /// The loader has made addresses of the offsets, but for objects that it has not loaded itself.
        func address(_ tag: Int64) -> UnsafeRawPointer? {
            entries[tag].flatMap { $0 < base ? nil : UnsafeRawPointer(bitPattern: $0) }
        }
        guard let strings = address(Tag.strings), let symbols = address(Tag.symbols) else { return [] }
        var slots: [UnsafeMutablePointer<UInt>] = []
        for (start, size) in [(Tag.relocations, Tag.relocationByteCount), (Tag.pltRelocations, Tag.pltByteCount)] {
            guard let table = address(start), let byteCount = entries[size] else { continue }
            for offset in stride(from: 0, to: Int(byteCount), by: relocationStride) {
                let information = table.load(fromByteOffset: offset + 8, as: UInt64.self)
                guard slotTypes.contains(information & 0xffff_ffff) else { continue }
                let symbol = symbols + Int(information >> 32) * symbolStride
                let text = (strings + Int(symbol.load(as: UInt32.self))).assumingMemoryBound(to: CChar.self)
                guard strcmp(text, name) == 0,
                    let slot = UnsafeMutablePointer<UInt>(
                        bitPattern: base + table.load(fromByteOffset: offset, as: UInt.self))
                else { continue }
                slots.append(slot)
            }
        }
        return slots
    }

    /// Slots that are filled at the start are protected afterwards.
    private static func makeWritable(_ slot: UnsafeMutablePointer<UInt>) {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = UInt(bitPattern: slot) / page * page
        _ = mprotect(UnsafeMutableRawPointer(bitPattern: start), Int(page), PROT_READ | PROT_WRITE)
    }
}
