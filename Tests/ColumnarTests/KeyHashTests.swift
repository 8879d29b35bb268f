import Columnar
import Testing

/// The hashes are part of the checkpoint format: a value here never changes.
struct KeyHashTests {
    static func hashes(_ column: Column, rowCount: Int, selection: [Int32]? = nil) -> [UInt64] {
        let batch = RecordBatch(
            schema: Schema([Field("k", column.type)]), columns: [column], rowCount: rowCount,
            selection: selection.map { SelectionVector($0) })
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: rowCount)
        memory.initialize(repeating: 0, count: rowCount)
        defer { memory.deallocate() }
        KeyHash.hash(batch, keys: [0], into: memory)
        return (0..<rowCount).map { memory[$0] }
    }

    static func column(_ values: [Int64?]) -> Column {
        let column = Column(type: .bigint, capacity: values.count)
        for (row, value) in values.enumerated() {
            guard let value else { continue }
            column.int64s[row] = value
            column.setValid(row)
        }
        return column
    }

    static func column(texts: [String?]) -> Column {
        let column = Column(type: .string, capacity: texts.count)
        for (row, text) in texts.enumerated() {
            guard let text, let arena = column.arena else { continue }
            column.slices[row] = Array(text.utf8).withUnsafeBytes { arena.append($0) }
            column.setValid(row)
        }
        return column
    }

    @Test func integersHashAsPinned() {
        #expect(
            Self.hashes(Self.column([0, 1, -1, 42, .max, .min, nil]), rowCount: 7) == [
                0xc9d874ca57d9e055, 0xf2f37271ad33e225, 0x8e1a4ace601c1d68, 0x0b91aa8b621c7a50,
                0xe187cb29d4ef1a5e, 0xd457cba69a8ee39f, 0xe231d98d4b87d62b,
            ])
    }

    @Test func textsHashAsPinned() {
        let texts = ["", "a", "abcdefg", "abcdefgh", "abcdefghi", "żółć", nil]
        #expect(
            Self.hashes(Self.column(texts: texts), rowCount: 7) == [
                0xc9d874ca57d9e055, 0xc023ab84347be996, 0x1dc63180b87420be, 0x20102973ad00982e,
                0xc7521d81d7be04e4, 0xe34873e399787560, 0xe231d98d4b87d62b,
            ])
    }

    @Test func severalKeysHashAsPinned() {
        let batch = RecordBatch(
            schema: Schema([Field("a", .bigint), Field("b", .string)]),
            columns: [Self.column([7, 7]), Self.column(texts: ["x", nil])], rowCount: 2)
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
        defer { memory.deallocate() }
        memory.initialize(repeating: 0, count: 2)
        KeyHash.hash(batch, keys: [0, 1], into: memory)
        let forward = [memory[0], memory[1]]
        KeyHash.hash(batch, keys: [1, 0], into: memory)
        #expect(forward == [0x226ca8b642d8e157, 0xb76cc31e0a625fe6])
        #expect(forward[0] != memory[0])
    }

    @Test func equalDoublesHashAlike() {
        let column = Column(type: .double, capacity: 2)
        column.doubles[0] = 0.0
        column.doubles[1] = -0.0
        column.setAllValid(2)
        let hashes = Self.hashes(column, rowCount: 2)
        #expect(hashes[0] == hashes[1])
    }

    @Test func aSelectionChangesNoHash() {
        let column = Self.column([3, nil, 5, 6])
        let all = Self.hashes(column, rowCount: 4)
        let some = Self.hashes(column, rowCount: 4, selection: [1, 2])
        #expect(some == [0, all[1], all[2], 0])
    }

    @Test func keyGroupsAreFilledEvenly() {
        let count = 12_800
        let hashes = Self.hashes(Self.column((0..<count).map { Int64($0) }), rowCount: count)
        var groups = [Int](repeating: 0, count: 128)
        for hash in hashes { groups[KeyGroup.index(ofHash: hash, count: 128)] += 1 }
        // 100 a group on average; a fair hash stays within five standard deviations.
        for group in groups { #expect((50...150).contains(group)) }
    }
}
