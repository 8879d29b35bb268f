package import Columnar

extension VersionedTable {
    /// The version that holds at `time`; nil before the first and after a delete.
    @inline(__always)
    func version(of entry: UnsafeMutableRawPointer, at time: Int64) -> UnsafeRawPointer? {
        let list = VersionList(entry, self)
        let held = list.countUpTo(time)
        if held == 0 || list.isDelete(held &- 1) { return nil }
        return UnsafeRawPointer(list[held &- 1])
    }

    /// Puts a packed version where its time belongs, in place of one with the same time. Its long values are copied.
    ///
    /// - Returns: false where a newer version at or before the horizon makes it one that nobody can ask for.
    func insert(_ version: UnsafeRawPointer, into entry: UnsafeMutableRawPointer, horizon: Int64) -> Bool {
        var list = VersionList(entry, self)
        let time = version.load(as: Int64.self)
        var position = list.countUpTo(time)
        // A key's only row is never given up.
        if list.count > 0 || isDelete(version) { noteUsefulHorizon(time) }
        if position > 0 && list.time(position - 1) == time {
            replace(list[position - 1], by: version)
            return true
        }
        if time <= horizon && position < list.count && list.time(position) <= horizon { return false }
        if list.count >= inlineCapacity {
            position -= prune(entry, horizon: horizon)
            makeRoom(entry)
            list = VersionList(entry, self)
        }
        let place = list[position]
        if position < list.count {
            list[position + 1].copyMemory(from: place, byteCount: (list.count - position) * list.stride)
        }
        place.copyMemory(from: version, byteCount: list.stride)
        layout.adopt(place, into: heap)
        entry.storeBytes(of: UInt32(list.count + 1), as: UInt32.self)
        totals.pointee.versions &+= 1
        if isDelete(place) { totals.pointee.deleteMarkers &+= 1 }
        return true
    }

    /// Drops the versions that no time at or after the horizon can ask for: those older than the newest at or before
    /// it.
    ///
    /// - Returns: how many.
    func prune(_ entry: UnsafeMutableRawPointer, horizon: Int64) -> Int {
        let list = VersionList(entry, self)
        if list.count < 2 || list.time(1) > horizon { return 0 }
        let dropped = list.countUpTo(horizon) - 1
        for index in 0..<dropped {
            if isDelete(list[index]) { totals.pointee.deleteMarkers &-= 1 }
            layout.disown(list[index], into: heap)
        }
        totals.pointee.versions &-= dropped
        let kept = list.count - dropped
        entry.storeBytes(of: UInt32(kept), as: UInt32.self)
        let payload = entry + table.payloadOffset
        if EntryFlags.get(entry) & EntryFlags.external == 0 {
            payload.copyMemory(from: list[dropped], byteCount: kept * list.stride)
            return dropped
        }
        let external = ExternalVersions(payload)
        if kept <= inlineCapacity {
            let block = external.block
            let capacity = external.capacity
            payload.copyMemory(from: list[dropped], byteCount: kept * list.stride)
            EntryFlags.set(entry, EntryFlags.get(entry) & ~EntryFlags.external)
            heap.release(block, capacity * list.stride)
        } else if kept * 4 <= external.capacity {
            move(entry, from: list[dropped], count: kept, toCapacity: external.capacity / 2)
        } else {
            external.set(block: external.block, start: external.start + dropped, capacity: external.capacity)
        }
        return dropped
    }

    /// Prunes some more entries, going round all of them in turn, and removes keys of which only a delete at or before
    /// the horizon is left.
    ///
    /// A row that comes later for such a key, older than the delete, is then taken as the first of its key. Once a whole round has
    /// shown from which horizon on something can go, earlier ones look at nothing.
    /// - Parameters:
    ///   - horizon: no `find` will have a time before it, or its answer will not be used.
    ///   - budget: entries to look at; each costs a few nanoseconds.
    package func sweep(horizon: Timestamp, budget: Int) {
        if totals.pointee.versions == table.entryCount && totals.pointee.deleteMarkers == 0 { return }
        if horizon.microseconds < totals.pointee.leastUsefulHorizon { return }
        var remaining = Swift.min(budget, table.entryCount * 2)
        var partsSeen = 0
        while remaining > 0 && partsSeen <= placement.owned.count {
            let part = table.parts + totals.pointee.sweepPart
            if totals.pointee.sweepEntry >= part.pointee.entryLimit {
                totals.pointee.sweepEntry = 0
                totals.pointee.sweepPart = (totals.pointee.sweepPart + 1) % placement.owned.count
                if totals.pointee.sweepPart == 0 { endRound() }
                partsSeen += 1
                continue
            }
            let entry = table.entry(part, totals.pointee.sweepEntry)
            totals.pointee.sweepEntry += 1
            remaining -= 1
            if EntryFlags.get(entry) & EntryFlags.live != 0 { sweep(entry, horizon.microseconds) }
        }
    }

    /// From which horizon on a sweep has something to do, as far as that is known.
    package var sweepIsUsefulFrom: Timestamp { Timestamp(microseconds: totals.pointee.leastUsefulHorizon) }

    @inline(__always)
    private func noteUsefulHorizon(_ time: Int64) {
        if time < totals.pointee.leastUsefulHorizon { totals.pointee.leastUsefulHorizon = time }
        if time < totals.pointee.leastOfRound { totals.pointee.leastOfRound = time }
    }

    private func endRound() {
        totals.pointee.leastUsefulHorizon = totals.pointee.leastOfRound
        totals.pointee.leastOfRound = .max
    }

    private func sweep(_ entry: UnsafeMutableRawPointer, _ horizon: Int64) {
        _ = prune(entry, horizon: horizon)
        let list = VersionList(entry, self)
        if list.count > 1 {
            totals.pointee.leastOfRound = Swift.min(totals.pointee.leastOfRound, list.time(1))
            return
        }
        if list.count != 1 || !list.isDelete(0) { return }
        // What has not been written yet is still listed, and goes in a later round.
        if list.time(0) > horizon || EntryFlags.get(entry) & (EntryFlags.changed | EntryFlags.external) != 0 {
            totals.pointee.leastOfRound = Swift.min(totals.pointee.leastOfRound, list.time(0))
            return
        }
        totals.pointee.versions &-= 1
        totals.pointee.deleteMarkers &-= 1
        table.remove(entry)
    }

    private func isDelete(_ version: UnsafeRawPointer) -> Bool {
        version.load(fromByteOffset: layout.flagOffset, as: UInt8.self) & VersionFlags.delete != 0
    }

    private func replace(_ old: UnsafeMutableRawPointer, by version: UnsafeRawPointer) {
        if isDelete(old) { totals.pointee.deleteMarkers &-= 1 }
        if isDelete(version) { totals.pointee.deleteMarkers &+= 1 }
        layout.disown(old, into: heap)
        old.copyMemory(from: version, byteCount: layout.byteCount)
        layout.adopt(old, into: heap)
    }

    /// Sees to it that one more version fits behind the last.
    private func makeRoom(_ entry: UnsafeMutableRawPointer) {
        let list = VersionList(entry, self)
        if EntryFlags.get(entry) & EntryFlags.external == 0 {
            if list.count >= inlineCapacity {
                move(entry, from: list.first, count: list.count, toCapacity: Swift.max(4, inlineCapacity * 2))
            }
            return
        }
        let external = ExternalVersions(entry + table.payloadOffset)
        if external.start + list.count < external.capacity { return }
        if external.start >= Swift.max(1, external.capacity / 4) {
            external.block.copyMemory(from: list.first, byteCount: list.count * list.stride)
            external.set(block: external.block, start: 0, capacity: external.capacity)
        } else {
            move(entry, from: list.first, count: list.count, toCapacity: external.capacity * 2)
        }
    }

    private func move(
        _ entry: UnsafeMutableRawPointer, from first: UnsafeRawPointer, count: Int, toCapacity capacity: Int
    ) {
        let block = heap.allocate(capacity * layout.byteCount)
        block.copyMemory(from: first, byteCount: count * layout.byteCount)
        let external = ExternalVersions(entry + table.payloadOffset)
        let flags = EntryFlags.get(entry)
        if flags & EntryFlags.external != 0 { heap.release(external.block, external.capacity * layout.byteCount) }
        external.set(block: block, start: 0, capacity: capacity)
        EntryFlags.set(entry, flags | EntryFlags.external)
    }
}
