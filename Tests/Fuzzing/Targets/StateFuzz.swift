import Columnar
import StateBackends
import TestKit

/// Whatever bytes a snapshot holds, a state refuses them or works on: it takes in rows, finds, releases, and what it
/// saves restores to the same.
enum StateFuzz {
    /// Which state the first byte chooses.
    static let kinds = 8

    static func schema(_ kind: Int) -> Schema {
        let values: [Field] =
            kind % 2 == 0
            ? [
                Field("user", .bigint, isNullable: false), Field("rating", .double),
                Field("seen", .boolean),
            ]
            : [
                Field("name", .string, isNullable: false), Field("title", .string), Field("year", .int),
                Field("total", .decimal(precision: 30, scale: 0)), Field("code", .bytes),
            ]
        return Schema(values + [Field("ts", .timestampLTZ(precision: 3), isNullable: false)])
    }

    static func make(_ kind: Int) -> any CheckpointedState {
        let schema = schema(kind)
        let time = schema.count - 1
        let placement = KeyGroupPlacement(
            owned: 0..<KeyGroup.defaultCount, count: KeyGroup.defaultCount)
        return switch kind % kinds / 2 {
        case 0: KeyedTable(name: "state", schema: schema, keyColumns: [0], placement: placement)
        case 1:
            VersionedTable(
                name: "state", schema: schema, keyColumns: [0], timeColumn: time, placement: placement)
        case let number:
            RowBuffer(
                name: "state",
                RowBuffer.Shape(
                    schema: schema, keyColumns: [0], timeColumn: time, places: number == 2 ? .dropped : .kept),
                placement: placement)
        }
    }

    static func run(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let kind = Int(first) % kinds
        let state = make(kind)
        guard restore(Array(bytes.dropFirst()), into: state) else { return }
        try use(state, kind)
    }

    /// Whether the bytes were taken.
    static func restore(_ bytes: [UInt8], into state: any CheckpointedState) -> Bool {
        // Memory of exactly that size, so that the sanitizer sees reads past it.
        let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { exact.deallocate() }
        exact.copyBytes(from: bytes)
        let everything = KeyGroupSet(count: KeyGroup.defaultCount, 0..<KeyGroup.defaultCount)
        do {
            try state.restore(UnsafeRawBufferPointer(exact), keyGroups: everything)
            return true
        } catch {
            return false
        }
    }

    /// What was restored is saved and restored again, then used as an operator does.
    static func use(_ state: any CheckpointedState, _ kind: Int) throws {
        let saved = full(state)
        let copy = make(kind)
        try FuzzFinding.check(
            restore(saved, into: copy), "a state that was restored cannot be restored from what it saves")
        try FuzzFinding.check(
            copy.entryCount == state.entryCount,
            "\(state.entryCount) entries have become \(copy.entryCount)")
        let again = full(copy)
        try FuzzFinding.check(
            again.count == saved.count, "\(saved.count) bytes saved have become \(again.count)")
        let rows = rows(kind)
        let batch = RecordBatch.of(schema(kind), rows)
        let keys = TableMatches(capacity: batch.rowCount)
        switch state {
        case let table as KeyedTable:
            try table.put(batch)
            table.find(batch, keys: [0], into: keys)
            _ = table.columns(keys, for: batch).map { column in
                (0..<batch.rowCount).map { FuzzRows.value(column, $0) }
            }
        case let table as VersionedTable:
            try table.put(batch, horizon: .min)
            table.find(batch, keys: [0], time: batch.columns.count - 1, into: keys)
            _ = table.columns(keys, for: batch).map { column in
                (0..<batch.rowCount).map { FuzzRows.value(column, $0) }
            }
            table.sweep(horizon: Timestamp(microseconds: 50), budget: 1000)
        case let buffer as RowBuffer:
            buffer.append(batch)
            var last = Int64.min
            for watermark in [0, 100, Int64.max] {
                buffer.release(upTo: Timestamp(microseconds: watermark)) { batch in
                    _ = FuzzRows.texts(batch)
                    batch.forEachRow { row in
                        last = max(last, batch.columns[batch.columns.count - 1].int64s[row])
                    }
                }
                try FuzzFinding.check(last <= watermark, "a row of \(last) was released at \(watermark)")
            }
            try FuzzFinding.check(buffer.entryCount == 0, "\(buffer.entryCount) rows were never released")
        default: break
        }
        _ = changes(state)
        _ = full(state)
    }

    private static func full(_ state: any CheckpointedState) -> [UInt8] {
        let buffer = SnapshotBuffer()
        state.writeFull(keyGroups: 0..<KeyGroup.defaultCount, into: buffer)
        return withExtendedLifetime(buffer) { Array(buffer.bytes) }
    }

    private static func changes(_ state: any CheckpointedState) -> [UInt8] {
        guard let buffer = state.takeChanges() else { return [] }
        return withExtendedLifetime(buffer) { Array(buffer.bytes) }
    }

    private static func rows(_ kind: Int) -> [TestRow] {
        (0..<6).map { number in
            let time = TestValue.integer(Int64(number * 20))
            let key = number / 2
            return kind % 2 == 0
                ? [
                    .integer(Int64(key)), number == 3 ? nil : .double(Double(number)),
                    .integer(Int64(number % 2)), time,
                ]
                : [
                    .text(key == 1 ? "a key that is long enough to lie outside" : "k\(key)"),
                    number == 2 ? nil : .text(String(repeating: "t", count: number * 4)),
                    .integer(Int64(number)),
                    .integer(Int64(number) * 1_000_000_007), .text("\(number)"), time,
                ]
        }
    }

    /// A snapshot of a state of that kind with a few rows.
    static func snapshot(_ kind: Int, changesOnly: Bool) throws -> [UInt8] {
        let state = make(kind)
        let batch = RecordBatch.of(schema(kind), rows(kind))
        switch state {
        case let table as KeyedTable: try table.put(batch)
        case let table as VersionedTable: try table.put(batch, horizon: .min)
        case let buffer as RowBuffer: buffer.append(batch)
        default: break
        }
        return changesOnly ? changes(state) : full(state)
    }

    static func seeds() throws -> [[UInt8]] {
        try (0..<kinds).flatMap { kind in
            [
                [UInt8(kind)] + (try snapshot(kind, changesOnly: false)),
                [UInt8(kind)] + (try snapshot(kind, changesOnly: true)),
            ]
        }
    }
}
