/// The versions of one key, in order of time; valid until the key is written to.
struct VersionList {
    let first: UnsafeMutableRawPointer
    let count: Int
    let stride: Int
    let flagOffset: Int

    @inline(__always)
    init(_ entry: UnsafeMutableRawPointer, _ owner: VersionedTable) {
        let payload = entry + owner.table.payloadOffset
        count = Int(entry.load(as: UInt32.self))
        stride = owner.layout.byteCount
        flagOffset = owner.layout.flagOffset
        if EntryFlags.get(entry) & EntryFlags.external == 0 {
            first = payload
        } else {
            let external = ExternalVersions(payload)
            first = external.block + external.start * stride
        }
    }

    @inline(__always)
    subscript(index: Int) -> UnsafeMutableRawPointer { first + index &* stride }

    @inline(__always)
    func time(_ index: Int) -> Int64 { self[index].load(as: Int64.self) }

    @inline(__always)
    func isDelete(_ index: Int) -> Bool {
        self[index].load(fromByteOffset: flagOffset, as: UInt8.self) & VersionFlags.delete != 0
    }

    /// How many versions have a time <= `time`. Most questions are about the newest ones.
    @inline(__always)
    func countUpTo(_ time: Int64) -> Int {
        var index = count
        var steps = 0
        while index > 0 && self.time(index &- 1) > time {
            index &-= 1
            steps &+= 1
            if steps == 8 { return countUpTo(time, below: index) }
        }
        return index
    }

    private func countUpTo(_ time: Int64, below limit: Int) -> Int {
        var low = 0
        var high = limit
        while low < high {
            let middle = (low + high) / 2
            if self.time(middle) <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The payload of an entry whose versions are in a block of the heap: the block, the first one's position, the block's
/// capacity.
struct ExternalVersions {
    let payload: UnsafeMutableRawPointer

    @inline(__always)
    init(_ payload: UnsafeMutableRawPointer) { self.payload = payload }

    @inline(__always)
    var block: UnsafeMutableRawPointer {
        guard let block = UnsafeMutableRawPointer(bitPattern: payload.load(as: UInt.self)) else {
            preconditionFailure("an entry without its block of versions")
        }
        return block
    }

    @inline(__always)
    var start: Int { Int(payload.load(fromByteOffset: 8, as: UInt32.self)) }

    @inline(__always)
    var capacity: Int { Int(payload.load(fromByteOffset: 12, as: UInt32.self)) }

    func set(block: UnsafeMutableRawPointer, start: Int, capacity: Int) {
        payload.storeBytes(of: UInt(bitPattern: block), as: UInt.self)
        payload.storeBytes(of: UInt32(start), toByteOffset: 8, as: UInt32.self)
        payload.storeBytes(of: UInt32(capacity), toByteOffset: 12, as: UInt32.self)
    }
}
