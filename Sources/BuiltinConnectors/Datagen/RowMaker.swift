internal import Columnar

/// Makes the rows of a `datagen` table: row `index` is a function of the seed and of `index` alone.
struct RowMaker {
    private struct ColumnRule {
        var type: LogicalType
        var rule: FieldRule
        /// Tells the columns' numbers apart.
        var salt: UInt64
    }

    private let columns: [ColumnRule]
    private let schema: Schema
    private let seed: UInt64
    /// The time of row 0, in microseconds.
    private let origin: Int64
    private let rowsPerSecond: Int

    /// - Parameter positions: of each column in the table, so that a scan of some columns gives the same values as one
    ///   of all.
    init(
        _ schema: Schema, _ rules: [FieldRule], positions: [Int], seed: UInt64, origin: Int64, rowsPerSecond: Int
    ) {
        self.schema = schema
        self.seed = seed
        self.origin = origin
        self.rowsPerSecond = rowsPerSecond
        columns = schema.fields.indices.map { index in
            ColumnRule(
                type: schema[index].type, rule: rules[index],
                salt: RowMaker.mix(UInt64(positions[index]) &+ 0x9e37_79b9_7f4a_7c15))
        }
    }

    /// Rows `first`, `first + stride`, ...
    func batch(first: Int64, stride: Int64, count: Int) -> RecordBatch {
        let made = columns.map { rule in
            let column = Column(type: rule.type, capacity: count)
            for row in 0..<count { fill(column, row, rule, first + Int64(row) * stride) }
            return column
        }
        return RecordBatch(schema: schema, columns: made, rowCount: count)
    }

    private func fill(_ column: Column, _ row: Int, _ rule: ColumnRule, _ index: Int64) {
        var bits = RowMaker.mix(seed ^ rule.salt &+ UInt64(bitPattern: index) &* 0x9e37_79b9_7f4a_7c15)
        if rule.rule.nullRate > 0 {
            if RowMaker.unit(bits) < rule.rule.nullRate { return }
            bits = RowMaker.mix(bits)
        }
        column.setValid(row)
        switch rule.rule.kind {
        case .randomBoolean: column.bools[row] = UInt8(bits & 1)
        case .randomInteger(let least, let greatest): store(RowMaker.integer(bits, least, greatest), column, row)
        case .randomDouble(let least, let greatest):
            column.doubles[row] = least + (greatest - least) * RowMaker.unit(bits)
        case .randomBytes(let length, let varies): fillBytes(column, row, bits, length, varies)
        case .past(let span):
            let time = time(of: index) - (span > 0 ? RowMaker.integer(bits, 0, span) : 0)
            storeTime(time, column, row)
        case .sequence(let start, _): storeSequence(start + index, column, row)
        }
    }

    private func store(_ value: Int64, _ column: Column, _ row: Int) {
        switch column.type.physical {
        case .int32: column.int32s[row] = Int32(truncatingIfNeeded: value)
        case .int128: column.int128s[row] = Int128(value)
        default: column.int64s[row] = value
        }
    }

    private func storeSequence(_ value: Int64, _ column: Column, _ row: Int) {
        switch column.type {
        case .double: column.doubles[row] = Double(value)
        case .decimal(_, let scale):
            var unscaled = Int128(value)
            for _ in 0..<scale { unscaled &*= 10 }
            if column.type.physical == .int128 {
                column.int128s[row] = unscaled
            } else {
                column.int64s[row] = Int64(truncatingIfNeeded: unscaled)
            }
        case .string:
            var text = String(value)
            if let slice = text.withUTF8({ column.arena?.append(UnsafeRawBufferPointer($0)) }) {
                column.slices[row] = slice
            }
        default: store(value, column, row)
        }
    }

    private func storeTime(_ microseconds: Int64, _ column: Column, _ row: Int) {
        switch column.type {
        case .date: column.int32s[row] = Int32(truncatingIfNeeded: RowMaker.floored(microseconds, 86_400_000_000))
        case .timestamp(3), .timestampLTZ(3): column.int64s[row] = RowMaker.floored(microseconds, 1000) * 1000
        default: column.int64s[row] = microseconds
        }
    }

    private func fillBytes(_ column: Column, _ row: Int, _ bits: UInt64, _ length: Int, _ varies: Bool) {
        guard let arena = column.arena else { return }
        let count = varies ? Int(RowMaker.integer(bits, length > 0 ? 1 : 0, Int64(length))) : length
        let bytes = arena.reserve(count)
        var (source, left) = (RowMaker.mix(bits), 16)
        for position in 0..<count {
            if left == 0 { (source, left) = (RowMaker.mix(source), 16) }
            if column.type == .string {
                let digit = UInt8(truncatingIfNeeded: source & 15)
                bytes[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                source >>= 4
                left -= 1
            } else {
                bytes[position] = UInt8(truncatingIfNeeded: source)
                source >>= 8
                left -= 2
            }
        }
        column.slices[row] = arena.commit(count)
    }

    private func time(of index: Int64) -> Int64 {
        let (seconds, rest) = index.quotientAndRemainder(dividingBy: Int64(rowsPerSecond))
        return origin + seconds * 1_000_000 + Int64(Double(rest) / Double(rowsPerSecond) * 1_000_000)
    }

    private static func integer(_ bits: UInt64, _ least: Int64, _ greatest: Int64) -> Int64 {
        let span = UInt64(bitPattern: greatest &- least)
        if span == .max { return Int64(bitPattern: bits) }
        return least &+ Int64(bitPattern: bits.multipliedFullWidth(by: span + 1).high)
    }

    /// 0..<1
    private static func unit(_ bits: UInt64) -> Double { Double(bits >> 11) / Double(1 << 53) }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// SplitMix64's output function.
    private static func mix(_ input: UInt64) -> UInt64 {
        var value = input
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
