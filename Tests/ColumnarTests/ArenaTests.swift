import Columnar
import Testing

struct ArenaTests {
    @Test func slicesSurviveGrowth() {
        let arena = Arena(capacity: 64)
        var slices: [(ByteSlice, [UInt8])] = []
        for index in 0..<1000 {
            let bytes = (0..<(index % 37)).map { UInt8(truncatingIfNeeded: $0 + index) }
            slices.append((bytes.withUnsafeBytes { arena.append($0) }, bytes))
        }
        for (slice, bytes) in slices { #expect(Array(arena.bytes(slice)) == bytes) }
        #expect(arena.count == slices.reduce(0) { $0 + $1.1.count })
    }

    @Test func bytesBehindTheEndMayBeRead() {
        let arena = Arena(capacity: 64)
        let slice = [UInt8](repeating: 7, count: 64).withUnsafeBytes { arena.append($0) }
        let end = UnsafeRawPointer(arena.base + Int(slice.offset) + 64)
        #expect(end.loadUnaligned(as: UInt64.self) == end.loadUnaligned(as: UInt64.self))
        #expect(Arena.padding >= 8)
    }

    @Test func truncatedBytesAreWrittenAgain() {
        let arena = Arena()
        let writer = ArenaWriter(arena)
        let first = [UInt8]("first".utf8).withUnsafeBytes { arena.append($0) }
        let count = writer.count
        _ = [UInt8]("second".utf8).withUnsafeBytes { arena.append($0) }
        writer.truncate(to: count)
        let third = [UInt8]("third".utf8).withUnsafeBytes { arena.append($0) }
        #expect(third.offset == 5)
        #expect(String(decoding: arena.bytes(first), as: UTF8.self) == "first")
        #expect(String(decoding: arena.bytes(third), as: UTF8.self) == "third")
        arena.removeAll()
        #expect(arena.count == 0)
    }
}
